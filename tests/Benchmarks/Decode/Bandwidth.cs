using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Benchmarks.Decode;

/// <summary>How fast this machine reads memory: the limit of a decoder that reads every weight once a token.</summary>
internal static unsafe class Bandwidth
{
    private const long Bytes = 1L << 29;

    private const int Passes = 15;

    /// <summary>Bytes a second, the median of several passes over far more than the caches hold.</summary>
    public static double Measure(int threads)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 4096);
        NativeMemory.Fill(memory, (nuint)Bytes, 1);
        var passes = new double[Passes];
        var sums = new long[threads];
        for (var pass = 0; pass < Passes; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            var workers = Enumerable.Range(0, threads).Select(t => new Thread(() => sums[t] = Sum(memory + (Bytes / threads * t), Bytes / threads))).ToList();
            workers.ForEach(worker => worker.Start());
            workers.ForEach(worker => worker.Join());
            passes[pass] = Bytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        NativeMemory.AlignedFree(memory);
        Array.Sort(passes);
        return sums.Sum() == 0 ? 0 : passes[Passes / 2];
    }

    private static long Sum(byte* from, long length)
    {
        var (a, b, c, d) = (Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero);
        for (var at = 0L; at < length; at += 256)
        {
            a += Vector512.Load((long*)(from + at));
            b += Vector512.Load((long*)(from + at + 64));
            c += Vector512.Load((long*)(from + at + 128));
            d += Vector512.Load((long*)(from + at + 192));
        }

        return Vector512.Sum(a + b + c + d);
    }
}
