using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// dy [N, C], the gradient so far of x [N, C] or nothing, x [N, C], means [N, 1], reciprocal deviations [N, 1] and weight [C] give the new
/// gradient of x [N, C], and those of the weight [C] and the bias [C].
/// </summary>
internal sealed record LayerNormGradientKernel(int Rows, int Columns, bool AddsToSum) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns], [Columns], [Columns]];

    public override int? InPlaceInput => AddsToSum ? 1 : 0;

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var next = 0;
        var dy = (nint)context.Numbers(next++);
        var sum = AddsToSum ? (nint)context.Numbers(next++) : 0;
        var (x, means, reciprocals) = ((nint)context.Numbers(next), (nint)context.Numbers(next + 1), (nint)context.Numbers(next + 2));
        var weight = (nint)context.Numbers(next + 3);
        var dx = (nint)context.Output(0);
        using var weightSums = new PartialSums(Columns);
        using var biasSums = new PartialSums(Columns);
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            for (var row = start; row < end; row++)
            {
                var offset = (long)row * Columns;
                Row<T>(
                    (float*)dy + offset,
                    sum == 0 ? null : (float*)sum + offset,
                    (float*)x + offset,
                    ((float*)means)[row],
                    ((float*)reciprocals)[row],
                    (float*)weight,
                    (float*)dx + offset,
                    weightSums.Of(block),
                    biasSums.Of(block));
            }
        });
        weightSums.Total(context.Output(1));
        biasSums.Total(context.Output(2));
    }

    /// <summary>dx = (g - mean(g) - x̂ · mean(g · x̂)) / deviation, with g = dy · w.</summary>
    private unsafe void Row<T>(float* dy, float* sum, float* x, float mean, float reciprocal, float* weight, float* dx, float* weightSums, float* biasSums)
        where T : struct, ILanes<T>
    {
        var (total, along) = (T.All(0), T.All(0));
        for (var i = 0; i < Columns; i += T.Count)
        {
            var rest = Columns - i;
            var d = VectorMath.Load<T>(dy + i, rest);
            var normalized = (VectorMath.Load<T>(x + i, rest) - T.All(mean)) * T.All(reciprocal);
            var g = d * VectorMath.Load<T>(weight + i, rest);
            total += g;
            along = T.MultiplyAdd(g, normalized, along);
            VectorMath.Store(T.MultiplyAdd(d, normalized, VectorMath.Load<T>(weightSums + i, rest)), weightSums + i, rest);
            VectorMath.Store(VectorMath.Load<T>(biasSums + i, rest) + d, biasSums + i, rest);
        }

        var (meanTotal, meanAlong) = (T.All(T.Sum(total) / Columns), T.All(T.Sum(along) / Columns));
        for (var i = 0; i < Columns; i += T.Count)
        {
            var rest = Columns - i;
            var normalized = (VectorMath.Load<T>(x + i, rest) - T.All(mean)) * T.All(reciprocal);
            var g = VectorMath.Load<T>(dy + i, rest) * VectorMath.Load<T>(weight + i, rest);
            var result = (g - meanTotal - (normalized * meanAlong)) * T.All(reciprocal);
            VectorMath.Store(sum is null ? result : result + VectorMath.Load<T>(sum + i, rest), dx + i, rest);
        }
    }
}
