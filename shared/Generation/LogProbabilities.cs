using System.Numerics.Tensors;

namespace Pipeline.Generation;

/// <summary>Logarithms of probabilities from logits.</summary>
public static class LogProbabilities
{
    private const int Chunk = 1024;

    /// <summary>log Σ exp(logits): what to subtract from a logit to get its log-probability. Negative infinity if every logit is.</summary>
    public static float LogSumExp(ReadOnlySpan<float> logits)
    {
        var highest = TensorPrimitives.Max(logits);
        if (!float.IsFinite(highest))
        {
            return highest;
        }

        Span<float> buffer = stackalloc float[Chunk];
        var sum = 0.0;
        for (var at = 0; at < logits.Length; at += Chunk)
        {
            var part = logits.Slice(at, Math.Min(Chunk, logits.Length - at));
            var to = buffer[..part.Length];
            TensorPrimitives.Subtract(part, highest, to);
            TensorPrimitives.Exp<float>(to, to);
            sum += TensorPrimitives.Sum<float>(to);
        }

        return highest + (float)Math.Log(sum);
    }
}
