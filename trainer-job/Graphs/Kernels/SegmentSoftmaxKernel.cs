using System.Numerics;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Scores [B, H, T, T] and segments [B·T] give the attention weights [B, H, T, T]: the softmax of each row over its own token and the earlier
/// ones of its segment, 0 elsewhere. What a row may not see is not even read.
/// </summary>
internal sealed record SegmentSoftmaxKernel(int Batch, int Heads, int Length) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Batch, Heads, Length, Length]];

    public override int? InPlaceInput => 0;

    public override unsafe void Compute(KernelContext context)
    {
        var (scores, segments, weights) = ((nint)context.Numbers(0), (nint)context.Indices(1), (nint)context.Output(0));
        context.ForEach(Batch * Heads, matrix =>
        {
            var ofRow = new ReadOnlySpan<long>((long*)segments + ((long)matrix / Heads * Length), Length);
            for (var token = 0; token < Length; token++)
            {
                var offset = (((long)matrix * Length) + token) * Length;
                Row((float*)scores + offset, (float*)weights + offset, ofRow[..(token + 1)]);
            }
        });
    }

    private unsafe void Row(float* scores, float* weights, ReadOnlySpan<long> segments)
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
        new Span<float>(weights + segments.Length, Length - segments.Length).Clear();
    }
}
