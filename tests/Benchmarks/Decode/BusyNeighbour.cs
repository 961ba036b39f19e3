using System.Diagnostics;

namespace Pipeline.Benchmarks.Decode;

/// <summary>The same measurement alone and beside another process that keeps one core busy.</summary>
internal static class BusyNeighbour
{
    private const int Rounds = 3;

    public static (double Alone, double Beside) Measure(Func<double> measure)
    {
        measure();
        var alone = Enumerable.Range(0, Rounds).Select(_ => measure()).Order().ElementAt(Rounds / 2);
        using var neighbour = Process.Start(Environment.ProcessPath!, ["decode", "busy"]);
        try
        {
            measure();
            return (alone, Enumerable.Range(0, Rounds).Select(_ => measure()).Order().ElementAt(Rounds / 2));
        }
        finally
        {
            neighbour.Kill();
            neighbour.WaitForExit();
        }
    }

    /// <summary>Keeps one core busy until it is killed, a minute at most.</summary>
    public static int Burn()
    {
        var start = Stopwatch.GetTimestamp();
        var sum = 1.0;
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1))
        {
            for (var i = 0; i < 100_000; i++)
            {
                sum = Math.Sqrt(sum + i);
            }
        }

        return sum > 0 ? 0 : 1;
    }
}
