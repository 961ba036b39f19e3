using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// The gradient of the attention weights and the weights, both [B, H, T, T], give that of the scores: P · (dP - Σ dP·P) in each row, 0 right of
/// its own token.
/// </summary>
internal sealed record SegmentSoftmaxGradientKernel(int Batch, int Heads, int Length) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Batch, Heads, Length, Length]];

    public override int? InPlaceInput => 0;

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (gradients, weights, results) = ((nint)context.Numbers(0), (nint)context.Numbers(1), (nint)context.Output(0));
        context.ForEach(Batch * Heads, matrix =>
        {
            for (var token = 0; token < Length; token++)
            {
                var offset = (((long)matrix * Length) + token) * Length;
                var row = (float*)results + offset;
                if (gradients != results)
                {
                    new ReadOnlySpan<float>((float*)gradients + offset, token + 1).CopyTo(new Span<float>(row, Length));
                }

                AttentionRows.SoftmaxGradient<T>(row, (float*)weights + offset, token + 1, Length);
            }
        });
    }
}
