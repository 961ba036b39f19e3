using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>x [N, C] gives x · σ(2u), u = √(2/π)(x + 0.044715x³).</summary>
internal sealed record GeluKernel(int Rows, int Columns) : Kernel
{
    internal static readonly float Linear = 2 * MathF.Sqrt(2 / MathF.PI);
    internal static readonly float Cubic = Linear * 0.044715f;

    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns]];

    public override unsafe void Compute(KernelContext context)
    {
        var (x, y) = ((nint)context.Numbers(0), (nint)context.Output(0));
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            var source = (float*)x + ((long)start * Columns);
            var target = (float*)y + ((long)start * Columns);
            var count = (end - start) * Columns;
            for (var i = 0; i < count; i += Vector<float>.Count)
            {
                var value = VectorMath.Load(source + i, count - i);
                VectorMath.Store(value * Gate(value, value * value), target + i, count - i);
            }
        });
    }

    /// <summary>σ(2u).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Gate(Vector<float> x, Vector<float> square)
    {
        var argument = x * Vector.FusedMultiplyAdd(square, new Vector<float>(Cubic), new Vector<float>(Linear));
        return Vector<float>.One / (Vector<float>.One + VectorMath.Exp(-argument));
    }
}
