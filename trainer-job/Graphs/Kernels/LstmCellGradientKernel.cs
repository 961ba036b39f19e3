using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// The way back through <see cref="LstmCellKernel"/>: its gates [R, 4H], tanh(c) [R, H], the cell before [R, H], what was kept [R], and the
/// gradients of h, of the next step's h and of the next step's cell [R, H] give those of the gates' sums [R, 4H] and of the cell before [R, H].
/// </summary>
internal sealed record LstmCellGradientKernel(int Rows, int Width) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, 4 * Width], [Rows, Width]];

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (gates, tanh, cells, kept) = ((nint)context.Numbers(0), (nint)context.Numbers(1), (nint)context.Numbers(2), (nint)context.Numbers(3));
        var (ofHidden, ofNextHidden, ofNextCells) = ((nint)context.Numbers(4), (nint)context.Numbers(5), (nint)context.Numbers(6));
        var (ofSums, ofCells) = ((nint)context.Output(0), (nint)context.Output(1));
        context.ForEach(Rows, row =>
        {
            var at = (long)row * Width;
            var from = (float*)gates + (4 * at);
            var to = (float*)ofSums + (4 * at);
            var (one, keep) = (T.All(1), T.All(((float*)kept)[row]));
            for (var i = 0; i < Width; i += T.Count)
            {
                var count = Width - i;
                var input = VectorMath.Load<T>(from + i, count);
                var forget = VectorMath.Load<T>(from + Width + i, count);
                var candidate = VectorMath.Load<T>(from + (2 * Width) + i, count);
                var output = VectorMath.Load<T>(from + (3 * Width) + i, count);
                var bent = VectorMath.Load<T>((float*)tanh + at + i, count);
                var dh = VectorMath.Load<T>((float*)ofHidden + at + i, count) + (keep * VectorMath.Load<T>((float*)ofNextHidden + at + i, count));
                var dc = (keep * VectorMath.Load<T>((float*)ofNextCells + at + i, count)) + (dh * output * (one - (bent * bent)));
                var before = VectorMath.Load<T>((float*)cells + at + i, count);
                VectorMath.Store(dc * candidate * input * (one - input), to + i, count);
                VectorMath.Store(dc * before * forget * (one - forget), to + Width + i, count);
                VectorMath.Store(dc * input * (one - (candidate * candidate)), to + (2 * Width) + i, count);
                VectorMath.Store(dh * bent * output * (one - output), to + (3 * Width) + i, count);
                VectorMath.Store(dc * forget, (float*)ofCells + at + i, count);
            }
        });
    }
}
