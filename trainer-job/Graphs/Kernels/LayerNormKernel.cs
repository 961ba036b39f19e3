using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>x [N, C], weight [C], bias [C] give the normalized rows [N, C], their means [N, 1] and reciprocal deviations [N, 1].</summary>
internal sealed record LayerNormKernel(int Rows, int Columns, float Epsilon) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns], [Rows, 1], [Rows, 1]];

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (x, weight, bias) = ((nint)context.Numbers(0), (nint)context.Numbers(1), (nint)context.Numbers(2));
        var (y, means, reciprocals) = ((nint)context.Output(0), (nint)context.Output(1), (nint)context.Output(2));
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            for (var row = start; row < end; row++)
            {
                var source = (float*)x + ((long)row * Columns);
                var target = (float*)y + ((long)row * Columns);
                var mean = Mean<T>(source);
                var reciprocal = 1 / MathF.Sqrt(Variance<T>(source, mean) + Epsilon);
                ((float*)means)[row] = mean;
                ((float*)reciprocals)[row] = reciprocal;
                for (var i = 0; i < Columns; i += T.Count)
                {
                    var rest = Columns - i;
                    var normalized = (VectorMath.Load<T>(source + i, rest) - T.All(mean)) * T.All(reciprocal);
                    var scaled = T.MultiplyAdd(normalized, VectorMath.Load<T>((float*)weight + i, rest), VectorMath.Load<T>((float*)bias + i, rest));
                    VectorMath.Store(scaled, target + i, rest);
                }
            }
        });
    }

    private unsafe float Mean<T>(float* row)
        where T : struct, ILanes<T>
    {
        var sum = T.All(0);
        for (var i = 0; i < Columns; i += T.Count)
        {
            sum += VectorMath.Load<T>(row + i, Columns - i);
        }

        return T.Sum(sum) / Columns;
    }

    /// <summary>From the differences, not from the squares, which would cancel.</summary>
    private unsafe float Variance<T>(float* row, float mean)
        where T : struct, ILanes<T>
    {
        var sum = T.All(0);
        for (var i = 0; i < Columns; i += T.Count)
        {
            var difference = VectorMath.Load<T>(row + i, Columns - i, mean) - T.All(mean);
            sum = T.MultiplyAdd(difference, difference, sum);
        }

        return T.Sum(sum) / Columns;
    }
}
