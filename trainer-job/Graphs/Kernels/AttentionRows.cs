using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>The softmax of one token's attention scores, forwards and backwards.</summary>
internal static unsafe class AttentionRows
{
    /// <summary>Scores of a token become its weights over itself and the earlier tokens of its segment, 0 elsewhere.</summary>
    /// <param name="row">The scores, of which those of later tokens may be anything, and then the weights.</param>
    /// <param name="segments">The segments of the tokens up to this one.</param>
    /// <param name="length">How many weights there are.</param>
    /// <typeparam name="T">The registers.</typeparam>
    public static void Softmax<T>(float* row, ReadOnlySpan<long> segments, int length)
        where T : struct, ILanes<T>
    {
        var (first, end) = (segments.IndexOf(segments[^1]), segments.Length);
        if (segments[first..].ContainsAnyExcept(segments[^1]))
        {
            // A segment in several pieces: what lies between is hidden by a score that the softmax turns into 0.
            for (var i = first; i < end; i++)
            {
                row[i] = segments[i] == segments[^1] ? row[i] : float.NegativeInfinity;
            }
        }

        var highest = T.All(VectorMath.Largest<T>(row + first, end - first));
        var sum = T.All(0);
        for (var i = first; i < end; i += T.Count)
        {
            var power = VectorMath.Exp(VectorMath.Load<T>(row + i, end - i, float.NegativeInfinity) - highest);
            sum += power;
            VectorMath.Store(power, row + i, end - i);
        }

        var factor = T.All(1 / T.Sum(sum));
        for (var i = first; i < end; i += T.Count)
        {
            VectorMath.Store(VectorMath.Load<T>(row + i, end - i) * factor, row + i, end - i);
        }

        new Span<float>(row, first).Clear();
        new Span<float>(row + end, length - end).Clear();
    }

    /// <summary>P · (dP - Σ dP·P) for the tokens seen, 0 for the others.</summary>
    /// <param name="row">dP, of which that of later tokens may be anything, and then the gradient of the scores.</param>
    /// <param name="weights">P.</param>
    /// <param name="seen">How many tokens are seen.</param>
    /// <param name="length">How many there are.</param>
    /// <typeparam name="T">The registers.</typeparam>
    public static void SoftmaxGradient<T>(float* row, float* weights, int seen, int length)
        where T : struct, ILanes<T>
    {
        var products = T.All(0);
        for (var i = 0; i < seen; i += T.Count)
        {
            products = T.MultiplyAdd(VectorMath.Load<T>(row + i, seen - i), VectorMath.Load<T>(weights + i, seen - i), products);
        }

        var sum = T.All(T.Sum(products));
        for (var i = 0; i < seen; i += T.Count)
        {
            VectorMath.Store(VectorMath.Load<T>(weights + i, seen - i) * (VectorMath.Load<T>(row + i, seen - i) - sum), row + i, seen - i);
        }

        new Span<float>(row + seen, length - seen).Clear();
    }
}
