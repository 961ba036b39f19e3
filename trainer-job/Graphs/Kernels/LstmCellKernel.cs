using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// One step of an LSTM (Hochreiter, Schmidhuber 1997, with the forget gate of Gers et al. 2000) but for its products of matrices: sums for the
/// gates i, f, g, o side by side [R, 4H], the cell before [R, H] and what is kept of each row's state [R] (0 or 1) give the gates [R, 4H],
/// h = σ(o)·tanh(c) [R, H], tanh(c) [R, H], and h and c = σ(f)·c + σ(i)·tanh(g) as the next step gets them [R, H], times what is kept.
/// </summary>
internal sealed record LstmCellKernel(int Rows, int Width) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, 4 * Width], [Rows, Width], [Rows, Width], [Rows, Width], [Rows, Width]];

    public override int? InPlaceInput => 0;

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (sums, cells, kept) = ((nint)context.Numbers(0), (nint)context.Numbers(1), (nint)context.Numbers(2));
        var (gates, hidden, tanh) = ((nint)context.Output(0), (nint)context.Output(1), (nint)context.Output(2));
        var (nextHidden, nextCells) = ((nint)context.Output(3), (nint)context.Output(4));
        context.ForEach(Rows, row =>
        {
            var at = (long)row * Width;
            var from = (float*)sums + (4 * at);
            var to = (float*)gates + (4 * at);
            var keep = T.All(((float*)kept)[row]);
            for (var i = 0; i < Width; i += T.Count)
            {
                var count = Width - i;
                var input = Sigmoid(VectorMath.Load<T>(from + i, count));
                var forget = Sigmoid(VectorMath.Load<T>(from + Width + i, count));
                var candidate = Tanh(VectorMath.Load<T>(from + (2 * Width) + i, count));
                var output = Sigmoid(VectorMath.Load<T>(from + (3 * Width) + i, count));
                var cell = (forget * VectorMath.Load<T>((float*)cells + at + i, count)) + (input * candidate);
                var bent = Tanh(cell);
                var h = output * bent;
                VectorMath.Store(input, to + i, count);
                VectorMath.Store(forget, to + Width + i, count);
                VectorMath.Store(candidate, to + (2 * Width) + i, count);
                VectorMath.Store(output, to + (3 * Width) + i, count);
                VectorMath.Store(h, (float*)hidden + at + i, count);
                VectorMath.Store(bent, (float*)tanh + at + i, count);
                VectorMath.Store(h * keep, (float*)nextHidden + at + i, count);
                VectorMath.Store(cell * keep, (float*)nextCells + at + i, count);
            }
        });
    }

    private static T Sigmoid<T>(T x)
        where T : struct, ILanes<T> => T.All(1) / (T.All(1) + VectorMath.Exp(-x));

    private static T Tanh<T>(T x)
        where T : struct, ILanes<T> => (T.All(2) / (T.All(1) + VectorMath.Exp(x * T.All(-2)))) - T.All(1);
}
