using System.Numerics;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// dy [N, C], the gradient so far of x [N, C] or nothing, x [N, C], means [N, 1], reciprocal deviations [N, 1] and weight [C] give the new
/// gradient of x [N, C], and those of the weight [C] and the bias [C].
/// </summary>
internal sealed record LayerNormGradientKernel(int Rows, int Columns, bool AddsToSum) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns], [Columns], [Columns]];

    public override int? InPlaceInput => AddsToSum ? 1 : 0;

    public override unsafe void Compute(KernelContext context)
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
                Row(
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
    private unsafe void Row(float* dy, float* sum, float* x, float mean, float reciprocal, float* weight, float* dx, float* weightSums, float* biasSums)
    {
        var (total, along) = (Vector<float>.Zero, Vector<float>.Zero);
        for (var i = 0; i < Columns; i += Vector<float>.Count)
        {
            var rest = Columns - i;
            var d = VectorMath.Load(dy + i, rest);
            var normalized = (VectorMath.Load(x + i, rest) - new Vector<float>(mean)) * reciprocal;
            var g = d * VectorMath.Load(weight + i, rest);
            total += g;
            along = Vector.FusedMultiplyAdd(g, normalized, along);
            VectorMath.Store(Vector.FusedMultiplyAdd(d, normalized, VectorMath.Load(weightSums + i, rest)), weightSums + i, rest);
            VectorMath.Store(VectorMath.Load(biasSums + i, rest) + d, biasSums + i, rest);
        }

        var (meanTotal, meanAlong) = (new Vector<float>(Vector.Sum(total) / Columns), new Vector<float>(Vector.Sum(along) / Columns));
        for (var i = 0; i < Columns; i += Vector<float>.Count)
        {
            var rest = Columns - i;
            var normalized = (VectorMath.Load(x + i, rest) - new Vector<float>(mean)) * reciprocal;
            var g = VectorMath.Load(dy + i, rest) * VectorMath.Load(weight + i, rest);
            var result = (g - meanTotal - (normalized * meanAlong)) * reciprocal;
            VectorMath.Store(sum is null ? result : result + VectorMath.Load(sum + i, rest), dx + i, rest);
        }
    }
}
