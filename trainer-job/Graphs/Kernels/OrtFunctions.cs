using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// The functions of ONNX Runtime's C interface that custom operators need and its .NET binding does not expose. The interface is a table
/// that only grows (onnxruntime_c_api.h), so a function's place never changes.
/// </summary>
internal static unsafe partial class OrtFunctions
{
    // The interface's version of release 1.18, which brought operators that work in place.
    public const uint Version = 18;

    private const int GeneralFailure = 1;

    private static readonly void** Table = GetTable();

    public static void* CreateDomain(string name)
    {
        void* domain;
        fixed (byte* text = Text(name))
        {
            Check(((delegate* unmanaged<byte*, void**, void*>)Table[26])(text, &domain));
        }

        return domain;
    }

    public static void AddOperator(void* domain, void* customOperator) =>
        Check(((delegate* unmanaged<void*, void*, void*>)Table[27])(domain, customOperator));

    public static void AddDomain(nint sessionOptions, void* domain) =>
        Check(((delegate* unmanaged<void*, void*, void*>)Table[28])((void*)sessionOptions, domain));

    public static void ReleaseDomain(void* domain) => ((delegate* unmanaged<void*, void>)Table[101])(domain);

    public static void RegisterAllocator(nint environment, void* allocator) =>
        Check(((delegate* unmanaged<void*, void*, void*>)Table[176])((void*)environment, allocator));

    public static void* Input(void* context, int index)
    {
        void* value;
        Check(((delegate* unmanaged<void*, nuint, void**, void*>)Table[90])(context, (nuint)index, &value));
        return Memory(value);
    }

    public static void* Output(void* context, int index, long[] shape)
    {
        void* value;
        fixed (long* sizes = shape)
        {
            Check(((delegate* unmanaged<void*, nuint, long*, nuint, void**, void*>)Table[91])(context, (nuint)index, sizes, (nuint)shape.Length, &value));
        }

        return Memory(value);
    }

    public static void ParallelFor(void* context, int count, Action<int> work)
    {
        var job = new Job(work);
        var handle = GCHandle.Alloc(job);
        try
        {
            var run = (delegate* unmanaged<void*, nuint, void>)&RunOne;
            var call = (delegate* unmanaged<void*, delegate* unmanaged<void*, nuint, void>, nuint, nuint, void*, void*>)Table[274];
            Check(call(context, run, (nuint)count, 0, (void*)GCHandle.ToIntPtr(handle)));
        }
        finally
        {
            handle.Free();
        }

        job.Failure?.Throw();
    }

    /// <summary>A failure in the form that the runtime reports to the caller of the session.</summary>
    public static void* Failure(string message)
    {
        fixed (byte* text = Text(message))
        {
            return ((delegate* unmanaged<int, byte*, void*>)Table[0])(GeneralFailure, text);
        }
    }

    [LibraryImport("onnxruntime")]
    private static partial nint OrtGetApiBase();

    private static void** GetTable()
    {
        var getTable = *(delegate* unmanaged<uint, void**>*)OrtGetApiBase();
        var table = getTable(Version);
        return table is not null ? table : throw new NotSupportedException("This ONNX Runtime is older than 1.18.");
    }

    private static void* Memory(void* value)
    {
        void* memory;
        Check(((delegate* unmanaged<void*, void**, void*>)Table[51])(value, &memory));
        return memory;
    }

    private static void Check(void* status)
    {
        if (status is not null)
        {
            var message = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<void*, byte*>)Table[2])(status));
            ((delegate* unmanaged<void*, void>)Table[93])(status);
            throw new InvalidOperationException($"ONNX Runtime: {message}");
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    [UnmanagedCallersOnly]
    private static void RunOne(void* job, nuint index)
    {
        // A failure must not unwind through native code.
        var target = Unsafe.As<Job>(GCHandle.FromIntPtr((nint)job).Target!);
        try
        {
            target.Work((int)index);
        }
        catch (Exception exception)
        {
            target.Failure = ExceptionDispatchInfo.Capture(exception);
        }
    }

    private sealed class Job(Action<int> work)
    {
        public Action<int> Work { get; } = work;

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
