using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// The gradient of the mixed values [B·T, C], queries, keys and values [B·T, 3·C] and the attention weights [B, H, T, T], with dropout's keys
/// and rows, give the gradient of queries, keys and values [B·T, 3·C]. That of a head's weights never leaves the cache.
/// </summary>
/// <param name="Forward">The forward pass.</param>
internal sealed record AttentionGradientKernel(AttentionKernel Forward) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Forward.Sizes.Batch * Forward.Sizes.Length, Forward.Sizes.JoinedWidth]];

    public override long ScratchBytes => Forward.ScratchBytes + (Environment.ProcessorCount * sizeof(float) * (long)Forward.Sizes.Weights);

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var sizes = Forward.Sizes;
        var (dy, joined, weights) = ((nint)context.Numbers(0), (nint)context.Numbers(1), (nint)context.Numbers(2));
        var (keys, rows) = Forward.Rate > 0 ? ((nint)context.Indices(3), (nint)context.Indices(4)) : default;
        var dJoined = (nint)context.Output(0);
        var factor = 1 / MathF.Sqrt(sizes.HeadSize);
        var (dWeights, dValues) = (sizes.Scores(sizes.Width, 1), sizes.Turned(sizes.Width));
        var (dQueries, dKeys) = (sizes.Queries(factor), sizes.Turned(sizes.JoinedWidth, factor));
        context.ForEach(sizes.Batch * sizes.Heads, head =>
        {
            var d = (float*)dy + sizes.Start(head, sizes.Width);
            var queries = (float*)joined + sizes.Start(head, sizes.JoinedWidth);
            var target = (float*)dJoined + sizes.Start(head, sizes.JoinedWidth);
            var own = (float*)weights + ((long)head * sizes.Weights);
            var gradient = Spare.Take(sizes.Weights);
            if (Forward.Rate > 0)
            {
                Forward.Drop((long*)keys, (long*)rows, head, own, gradient.Numbers);
                dValues.Run(gradient.Numbers, d, target + (2 * sizes.Width));
                dWeights.Run(d, queries + (2 * sizes.Width), gradient.Numbers);
                Forward.Drop((long*)keys, (long*)rows, head, gradient.Numbers, gradient.Numbers);
            }
            else
            {
                dValues.Run(own, d, target + (2 * sizes.Width));
                dWeights.Run(d, queries + (2 * sizes.Width), gradient.Numbers);
            }

            for (var token = 0; token < sizes.Length; token++)
            {
                var row = gradient.Numbers + ((long)token * sizes.Length);
                AttentionRows.SoftmaxGradient<T>(row, own + ((long)token * sizes.Length), token + 1, sizes.Read(token));
            }

            dQueries.Run(gradient.Numbers, queries + sizes.Width, target);
            dKeys.Run(gradient.Numbers, queries, target + sizes.Width);
            Spare.Return(gradient);
        });
    }
}
