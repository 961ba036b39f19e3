using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// The memory of what lives between two operators, for all sessions that take turns: one range of addresses on pages of 2 MB, which ONNX
/// Runtime's own allocator does not ask for. Memory that was used once stays with the process.
/// </summary>
internal static unsafe class RuntimeMemory
{
    // More addresses than memory cost nothing, and leave room for pieces that are free but too small.
    private const int AddressesPerByte = 2;
    private const int SameAsRequested = 1;

    private static readonly Lazy<bool> Registered = new(Register);
    private static MemoryPool? _pool;
    private static byte* _start;
    private static OrtMemoryInfo? _information;

    /// <summary>Has a session use it.</summary>
    public static void Share(SessionOptions options)
    {
        if (Registered.Value)
        {
            options.AddSessionConfigEntry("session.use_env_allocators", "1");
        }
    }

    private static bool Register()
    {
        var size = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * AddressesPerByte;
        _start = (byte*)LargeMemory.Reserve(size);
        if (_start is null)
        {
            // Memory that grows by what is asked for and not to the next power of two.
            using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
            using var arena = new OrtArenaCfg(0, SameAsRequested, -1, -1);
            OrtEnv.Instance().CreateAndRegisterAllocator(memory, arena);
            return true;
        }

        _pool = new MemoryPool(size);

        // The runtime keeps both for as long as the process lives.
        _information = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default);
        var allocator = (Allocator*)NativeMemory.AllocZeroed((nuint)sizeof(Allocator));
        *allocator = new() { Version = OrtFunctions.Version, Take = &Take, Return = &Return, Describe = &Describe, Reserve = &Take };
        OrtFunctions.RegisterAllocator(OrtEnv.Instance().DangerousGetHandle(), allocator);
        return true;
    }

    [UnmanagedCallersOnly]
    private static void* Take(Allocator* self, nuint size) => size > 0 && _pool!.Take((long)size) is { } place ? _start + place : null;

    [UnmanagedCallersOnly]
    private static void Return(Allocator* self, void* memory)
    {
        if (memory is not null)
        {
            _pool!.Return((byte*)memory - _start);
        }
    }

    [UnmanagedCallersOnly]
    private static nint Describe(Allocator* self) => _information!.DangerousGetHandle();

    /// <summary>As <c>OrtAllocator</c> in onnxruntime_c_api.h has it, in this order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Allocator
    {
        public uint Version;
        public delegate* unmanaged<Allocator*, nuint, void*> Take;
        public delegate* unmanaged<Allocator*, void*, void> Return;
        public delegate* unmanaged<Allocator*, nint> Describe;
        public delegate* unmanaged<Allocator*, nuint, void*> Reserve;

        // Those of later versions, which are optional.
        public fixed long More[8];
    }
}
