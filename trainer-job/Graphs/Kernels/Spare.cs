using System.Collections.Concurrent;
using Pipeline.TrainerJob.Graphs.Kernels.Matrices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>Memory that threads of kernels take turns with, kept for the next run.</summary>
internal static class Spare
{
    private static readonly ConcurrentBag<Scratch.Block> _blocks = [];

    /// <summary>Room for so many numbers.</summary>
    public static Scratch.Block Take(long numbers)
    {
        if (!_blocks.TryTake(out var block))
        {
            block = new Scratch.Block();
        }

        block.Demand(numbers);
        return block;
    }

    /// <summary>Gives it back.</summary>
    public static void Return(Scratch.Block block) => _blocks.Add(block);
}
