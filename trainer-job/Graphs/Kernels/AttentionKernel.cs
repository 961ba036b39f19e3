using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Queries, keys and values side by side [B·T, 3·C] and segments [B·T], with dropout's keys and rows, give the mixed values [B·T, C] and the
/// attention weights [B, H, T, T], before dropout; those of later tokens may be anything. A head is done at once, while its weights are in the
/// cache, and nothing is copied apart.
/// </summary>
/// <param name="Sizes">The sizes.</param>
/// <param name="Site">The site of dropout.</param>
/// <param name="Rate">The share of the weights that is dropped.</param>
internal sealed record AttentionKernel(AttentionSizes Sizes, int Site, float Rate) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs =>
        [[Sizes.Batch * Sizes.Length, Sizes.Width], [Sizes.Batch, Sizes.Heads, Sizes.Length, Sizes.Length]];

    public override long ScratchBytes => Environment.ProcessorCount * (Sizes.ProductBytes + (Rate > 0 ? sizeof(float) * Sizes.Weights : 0));

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var sizes = Sizes;
        var (joined, segments) = ((nint)context.Numbers(0), (nint)context.Indices(1));
        var (keys, rows) = Rate > 0 ? ((nint)context.Indices(2), (nint)context.Indices(3)) : default;
        var (mixed, weights) = ((nint)context.Output(0), (nint)context.Output(1));
        var (scores, values) = (sizes.Scores(sizes.JoinedWidth, 1 / MathF.Sqrt(sizes.HeadSize)), sizes.Mixed());
        context.ForEach(sizes.Batch * sizes.Heads, head =>
        {
            var queries = (float*)joined + sizes.Start(head, sizes.JoinedWidth);
            var own = (float*)weights + ((long)head * sizes.Weights);
            scores.Run(queries, queries + sizes.Width, own);
            var ofRow = new ReadOnlySpan<long>((long*)segments + ((long)head / sizes.Heads * sizes.Length), sizes.Length);
            for (var token = 0; token < sizes.Length; token++)
            {
                var row = own + ((long)token * sizes.Length);
                AttentionRows.Softmax<T>(row, ofRow[..(token + 1)], sizes.Read(token));
            }

            var target = (float*)mixed + sizes.Start(head, sizes.Width);
            if (Rate > 0)
            {
                var kept = Spare.Take(sizes.Weights);
                Drop((long*)keys, (long*)rows, head, own, kept.Numbers);
                values.Run(kept.Numbers, queries + (2 * sizes.Width), target);
                Spare.Return(kept);
            }
            else
            {
                values.Run(own, queries + (2 * sizes.Width), target);
            }
        });
    }

    /// <summary>Drops of what belongs to the weights of a head.</summary>
    internal unsafe void Drop(long* keys, long* rows, int head, float* source, float* target)
    {
        // A row of the batch counts its elements through all heads.
        var start = head % Sizes.Heads * Sizes.Weights;
        DropoutMask.Of(keys[Site], rows[head / Sizes.Heads], Rate).Apply(source - start, target - start, start, start + Sizes.Weights);
    }
}
