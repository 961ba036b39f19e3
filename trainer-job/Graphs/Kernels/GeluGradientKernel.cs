using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>dy [N, C] and x [N, C] give dy · (σ + xσ(1 - σ)(2u)′), all made again from x: nothing else is kept for the backward pass.</summary>
internal sealed record GeluGradientKernel(int Rows, int Columns) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns]];

    public override int? InPlaceInput => 0;

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (dy, x, dx) = ((nint)context.Numbers(0), (nint)context.Numbers(1), (nint)context.Output(0));
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            var offset = (long)start * Columns;
            var gradient = (float*)dy + offset;
            var source = (float*)x + offset;
            var target = (float*)dx + offset;
            var count = (end - start) * Columns;
            for (var i = 0; i < count; i += T.Count)
            {
                var value = VectorMath.Load<T>(source + i, count - i);
                var square = value * value;
                var gate = GeluKernel.Gate(value, square);
                var slope = T.MultiplyAdd(square, T.All(3 * GeluKernel.Cubic), T.All(GeluKernel.Linear));
                var derivative = gate * T.MultiplyAdd(value * (T.All(1) - gate), slope, T.All(1));
                VectorMath.Store(VectorMath.Load<T>(gradient + i, count - i) * derivative, target + i, count - i);
            }
        });
    }
}
