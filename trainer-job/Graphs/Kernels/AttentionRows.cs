using System.Numerics;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>The softmax of one token's attention scores, forwards and backwards.</summary>
internal static unsafe class AttentionRows
{
    /// <summary>Scores of a token give its weights over itself and the earlier tokens of its segment, 0 elsewhere; both may be one memory.</summary>
    /// <param name="scores">The scores, of which those of later tokens may be anything.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="segments">The segments of the tokens up to this one.</param>
    /// <param name="length">How many weights there are.</param>
    public static void Softmax(float* scores, float* weights, ReadOnlySpan<long> segments, int length)
    {
        var first = segments.IndexOf(segments[^1]);
        var seen = segments.Length - first;
        if (segments[first..].ContainsAnyExcept(segments[^1]))
        {
            // A segment in several pieces: what lies between is hidden by a score that the softmax turns into 0.
            for (var i = first; i < segments.Length; i++)
            {
                weights[i] = segments[i] == segments[^1] ? scores[i] : float.NegativeInfinity;
            }

            scores = weights;
        }

        var highest = System.Numerics.Tensors.TensorPrimitives.Max(new ReadOnlySpan<float>(scores + first, seen));
        var sum = Vector<float>.Zero;
        for (var i = 0; i < seen; i += Vector<float>.Count)
        {
            var rest = seen - i;
            var power = VectorMath.Exp(VectorMath.Load(scores + first + i, rest, float.NegativeInfinity) - new Vector<float>(highest));
            sum += power;
            VectorMath.Store(power, weights + first + i, rest);
        }

        var factor = 1 / Vector.Sum(sum);
        for (var i = 0; i < seen; i += Vector<float>.Count)
        {
            VectorMath.Store(VectorMath.Load(weights + first + i, seen - i) * factor, weights + first + i, seen - i);
        }

        new Span<float>(weights, first).Clear();
        new Span<float>(weights + segments.Length, length - segments.Length).Clear();
    }

    /// <summary>P · (dP - Σ dP·P) for the tokens seen, 0 for the others; the result may lie where the gradient does.</summary>
    /// <param name="gradient">dP.</param>
    /// <param name="weights">P.</param>
    /// <param name="result">The gradient of the scores.</param>
    /// <param name="seen">How many tokens are seen.</param>
    /// <param name="length">How many there are.</param>
    public static void SoftmaxGradient(float* gradient, float* weights, float* result, int seen, int length)
    {
        var products = Vector<float>.Zero;
        for (var i = 0; i < seen; i += Vector<float>.Count)
        {
            products = Vector.FusedMultiplyAdd(VectorMath.Load(gradient + i, seen - i), VectorMath.Load(weights + i, seen - i), products);
        }

        var sum = new Vector<float>(Vector.Sum(products));
        for (var i = 0; i < seen; i += Vector<float>.Count)
        {
            VectorMath.Store(VectorMath.Load(weights + i, seen - i) * (VectorMath.Load(gradient + i, seen - i) - sum), result + i, seen - i);
        }

        new Span<float>(result + seen, length - seen).Clear();
    }
}
