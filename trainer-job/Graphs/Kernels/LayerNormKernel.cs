using System.Numerics;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>x [N, C], weight [C], bias [C] give the normalized rows [N, C], their means [N, 1] and reciprocal deviations [N, 1].</summary>
internal sealed record LayerNormKernel(int Rows, int Columns, float Epsilon) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns], [Rows, 1], [Rows, 1]];

    public override unsafe void Compute(KernelContext context)
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
                var mean = Mean(source);
                var reciprocal = 1 / MathF.Sqrt(Variance(source, mean) + Epsilon);
                ((float*)means)[row] = mean;
                ((float*)reciprocals)[row] = reciprocal;
                for (var i = 0; i < Columns; i += Vector<float>.Count)
                {
                    var rest = Columns - i;
                    var normalized = (VectorMath.Load(source + i, rest) - new Vector<float>(mean)) * reciprocal;
                    var scaled = Vector.FusedMultiplyAdd(normalized, VectorMath.Load((float*)weight + i, rest), VectorMath.Load((float*)bias + i, rest));
                    VectorMath.Store(scaled, target + i, rest);
                }
            }
        });
    }

    private unsafe float Mean(float* row)
    {
        var sum = Vector<float>.Zero;
        for (var i = 0; i < Columns; i += Vector<float>.Count)
        {
            sum += VectorMath.Load(row + i, Columns - i);
        }

        return Vector.Sum(sum) / Columns;
    }

    /// <summary>From the differences, not from the squares, which would cancel.</summary>
    private unsafe float Variance(float* row, float mean)
    {
        var sum = Vector<float>.Zero;
        for (var i = 0; i < Columns; i += Vector<float>.Count)
        {
            var difference = VectorMath.Load(row + i, Columns - i, mean) - new Vector<float>(mean);
            sum = Vector.FusedMultiplyAdd(difference, difference, sum);
        }

        return Vector.Sum(sum) / Columns;
    }
}
