using System.Runtime.CompilerServices;
using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>x [N, C] gives x · σ(2u), u = √(2/π)(x + 0.044715x³).</summary>
internal sealed record GeluKernel(int Rows, int Columns) : LaneKernel
{
    internal static readonly float Linear = 2 * MathF.Sqrt(2 / MathF.PI);
    internal static readonly float Cubic = Linear * 0.044715f;

    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns]];

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (x, y) = ((nint)context.Numbers(0), (nint)context.Output(0));
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            var source = (float*)x + ((long)start * Columns);
            var target = (float*)y + ((long)start * Columns);
            var count = (end - start) * Columns;
            for (var i = 0; i < count; i += T.Count)
            {
                var value = VectorMath.Load<T>(source + i, count - i);
                VectorMath.Store(value * Gate(value, value * value), target + i, count - i);
            }
        });
    }

    /// <summary>σ(2u).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Gate<T>(T x, T square)
        where T : struct, ILanes<T>
    {
        var argument = x * T.MultiplyAdd(square, T.All(Cubic), T.All(Linear));
        return T.All(1) / (T.All(1) + VectorMath.Exp(-argument));
    }
}
