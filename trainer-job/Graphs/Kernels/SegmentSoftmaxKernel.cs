using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Scores [B, H, T, T] and segments [B·T] give the attention weights [B, H, T, T]: the softmax of each row over its own token and the earlier
/// ones of its segment, 0 elsewhere. What a row may not see is not even read.
/// </summary>
internal sealed record SegmentSoftmaxKernel(int Batch, int Heads, int Length) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Batch, Heads, Length, Length]];

    public override int? InPlaceInput => 0;

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (scores, segments, weights) = ((nint)context.Numbers(0), (nint)context.Indices(1), (nint)context.Output(0));
        context.ForEach(Batch * Heads, matrix =>
        {
            var ofRow = new ReadOnlySpan<long>((long*)segments + ((long)matrix / Heads * Length), Length);
            for (var token = 0; token < Length; token++)
            {
                var offset = (((long)matrix * Length) + token) * Length;
                var row = (float*)weights + offset;
                if (scores != weights)
                {
                    new ReadOnlySpan<float>((float*)scores + offset, token + 1).CopyTo(new Span<float>(row, Length));
                }

                AttentionRows.Softmax<T>(row, ofRow[..(token + 1)], Length);
            }
        });
    }
}
