namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Which block comes when: each time through the corpus is a permutation of its own, drawn from the seed and the epoch alone. The
/// position in the data is therefore one number, the rows read so far, and resuming needs nothing else.
/// </summary>
/// <param name="blocks">Blocks of the corpus.</param>
/// <param name="seed">The run's seed.</param>
internal sealed class BatchOrder(int blocks, ulong seed)
{
    private readonly int[] _permutation = new int[blocks];
    private long _epoch = -1;

    /// <summary>The block at a row of the endless stream of epochs.</summary>
    public int BlockAt(long row)
    {
        var (epoch, index) = Math.DivRem(row, blocks);
        if (epoch != _epoch)
        {
            Shuffle(epoch);
        }

        return _permutation[index];
    }

    private void Shuffle(long epoch)
    {
        for (var i = 0; i < blocks; i++)
        {
            _permutation[i] = i;
        }

        // Fisher and Yates, with SplitMix64 (Steele, Lea and Flood, 2014) started at a point of its own for each epoch.
        var state = Mix(Mix(seed + 0x9E3779B97F4A7C15) + (ulong)epoch);
        for (var i = blocks - 1; i > 0; i--)
        {
            state += 0x9E3779B97F4A7C15;
            var other = (int)Math.BigMul(Mix(state), (ulong)(i + 1), out _);
            (_permutation[i], _permutation[other]) = (_permutation[other], _permutation[i]);
        }

        _epoch = epoch;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
