using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>How well a serving file predicts texts, token by token through its cache as in use.</summary>
internal static class Perplexity
{
    private const int Rows = 8;

    /// <summary>exp of the mean negative log-probability of every token but each sequence's first.</summary>
    /// <param name="session">The serving file.</param>
    /// <param name="sequences">Tokens of each text, no longer than the context, at least two.</param>
    /// <param name="cancellationToken">Ends the measurement between tokens.</param>
    public static double Measure(DecoderSession session, IReadOnlyList<int[]> sequences, CancellationToken cancellationToken)
    {
        // Longest first: in a group, the rows that still have tokens are then always the first ones.
        var (sum, count) = (0.0, 0L);
        foreach (var group in sequences.OrderByDescending(sequence => sequence.Length).Chunk(Rows))
        {
            using var cache = session.CreateCache(group.Length, group[0].Length);
            for (var row = 0; row < group.Length; row++)
            {
                cache.Prefill(row, group[row].AsSpan(0, 1));
            }

            for (var at = 1; at < group[0].Length; at++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var alive = group.Count(sequence => sequence.Length > at);
                for (var row = 0; row < alive; row++)
                {
                    var logits = cache.Logits(row);
                    sum += LogProbabilities.LogSumExp(logits) - logits[group[row][at]];
                    count++;
                }

                alive = group.Count(sequence => sequence.Length > at + 1);
                if (alive > 0)
                {
                    cache.Step([.. group.Take(alive).Select(sequence => sequence[at])]);
                }
            }
        }

        return Math.Exp(sum / count);
    }
}
