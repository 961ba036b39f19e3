using System.Runtime.InteropServices;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// One piece of memory for all weights of a model, in pages as large as the system has: a token reads all of it, and with small pages the
/// processor looks up an address every 4 KB.
/// </summary>
internal sealed unsafe partial class PackedMemory : IDisposable
{
    private const int LineBytes = 64;
    private const int LargePage = 1 << 21;

    // Values of Linux's madvise.
    private const int NotNeeded = 4;
    private const int LargePages = 14;

    private readonly byte* _start;
    private readonly long _length;
    private long _taken;

    /// <param name="length">Bytes of everything that will be taken, each padded.</param>
    public PackedMemory(long length)
    {
        _length = (length + LargePage - 1) / LargePage * LargePage;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)_length, LargePage);
        if (OperatingSystem.IsLinux())
        {
            // Advice: where it is not taken, pages are small.
            _ = Advise((nint)_start, (nuint)_length, LargePages);
        }
    }

    /// <summary>What a piece takes: whole lines of the caches.</summary>
    public static long Padded(long length) => (length + LineBytes - 1) / LineBytes * LineBytes;

    /// <summary>The next piece.</summary>
    public byte* Take(long length)
    {
        var piece = _start + _taken;
        _taken += Padded(length);
        return _taken <= _length ? piece : throw new InvalidOperationException($"{_taken} bytes of {_length} were taken.");
    }

    /// <summary>Says that a mapped file's bytes were read for the last time, so that they no longer count as this process's memory.</summary>
    public static void Forget(byte* from, long length)
    {
        var (first, last) = (((nint)from + Environment.SystemPageSize - 1) & -Environment.SystemPageSize, ((nint)from + (nint)length) & -Environment.SystemPageSize);
        if (OperatingSystem.IsLinux() && last > first)
        {
            _ = Advise(first, (nuint)(last - first), NotNeeded);
        }
    }

    /// <inheritdoc />
    public void Dispose() => NativeMemory.AlignedFree(_start);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
