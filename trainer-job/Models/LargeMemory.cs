using System.Runtime.InteropServices;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// Unmanaged memory on cache lines. Large pieces ask Linux for pages of 2 MB (madvise, MADV_HUGEPAGE): a pass over hundreds of megabytes then
/// neither faults nor looks up an address every 4 KB.
/// </summary>
internal static unsafe partial class LargeMemory
{
    // A cache line, and the width of the widest vector registers.
    private const nuint Alignment = 64;
    private const nuint HugePage = 1 << 21;
    private const int AdviseHugePages = 14;

    // mmap's PROT_READ | PROT_WRITE, and MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE.
    private const int ReadAndWrite = 3;
    private const int PrivateWithoutReserve = 0x4022;

    // Below this the rest of the last page would be more than is won.
    private const nuint WorthHugePages = 8 * HugePage;

    /// <summary>Zeros; to be freed by <see cref="Free"/>.</summary>
    public static void* Allocate(long bytes)
    {
        var size = Math.Max((nuint)bytes, Alignment);
        var isHuge = size >= WorthHugePages && OperatingSystem.IsLinux();
        var memory = NativeMemory.AlignedAlloc(size, isHuge ? HugePage : Alignment);
        if (isHuge)
        {
            // Advice alone: whether it is taken makes no difference but for speed.
            _ = Advise(memory, size, AdviseHugePages);
        }

        NativeMemory.Clear(memory, size);
        return memory;
    }

    /// <summary>Frees what <see cref="Allocate"/> gave, or nothing.</summary>
    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    /// <summary>Addresses for so many bytes, which take memory only where they are written to; null where there are none to be had.</summary>
    public static void* Reserve(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var memory = Map(null, (nuint)bytes, ReadAndWrite, PrivateWithoutReserve, file: -1, offset: 0);
        if ((nint)memory == -1)
        {
            return null;
        }

        _ = Advise(memory, (nuint)bytes, AdviseHugePages);
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* memory, nuint size, int advice);
}
