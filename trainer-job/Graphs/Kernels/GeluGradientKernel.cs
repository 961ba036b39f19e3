using System.Numerics;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>dy [N, C] and x [N, C] give dy · (σ + xσ(1 - σ)(2u)′), all made again from x: nothing else is kept for the backward pass.</summary>
internal sealed record GeluGradientKernel(int Rows, int Columns) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns]];

    public override int? InPlaceInput => 0;

    public override unsafe void Compute(KernelContext context)
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
            for (var i = 0; i < count; i += Vector<float>.Count)
            {
                var value = VectorMath.Load(source + i, count - i);
                var square = value * value;
                var gate = GeluKernel.Gate(value, square);
                var slope = Vector.FusedMultiplyAdd(square, new Vector<float>(3 * GeluKernel.Cubic), new Vector<float>(GeluKernel.Linear));
                var derivative = gate * Vector.FusedMultiplyAdd(value * (Vector<float>.One - gate), slope, Vector<float>.One);
                VectorMath.Store(VectorMath.Load(gradient + i, count - i) * derivative, target + i, count - i);
            }
        });
    }
}
