namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// x [R, C] gives [C, R]. Products whose first operand is to be read by columns run at two thirds of the speed of others, since each element
/// then lies on another page; turning it first costs far less.
/// </summary>
internal sealed record TransposeKernel(int Rows, int Columns) : Kernel
{
    // A cache line of numbers: squares of this size are read and written by whole lines.
    private const int Side = 16;

    // Squares side by side in a piece of work.
    private const int Width = 4 * Side;

    public override IReadOnlyList<Shape> Outputs => [[Columns, Rows]];

    public override unsafe void Compute(KernelContext context)
    {
        var (x, y) = ((nint)context.Numbers(0), (nint)context.Output(0));
        context.ForEach((Columns + Width - 1) / Width, strip =>
        {
            var square = stackalloc float[Side * Side];
            var end = Math.Min(Columns, (strip + 1) * Width);
            for (var row = 0; row < Rows; row += Side)
            {
                for (var column = strip * Width; column < end; column += Side)
                {
                    Turn((float*)x, (float*)y, row, column, square);
                }
            }
        });
    }

    private unsafe void Turn(float* x, float* y, int row, int column, float* square)
    {
        var (rows, columns) = (Math.Min(Side, Rows - row), Math.Min(Side, Columns - column));
        for (var r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(x + ((long)(row + r) * Columns) + column, columns).CopyTo(new Span<float>(square + (r * Side), Side));
        }

        for (var c = 0; c < columns; c++)
        {
            var target = y + ((long)(column + c) * Rows) + row;
            for (var r = 0; r < rows; r++)
            {
                target[r] = square[(r * Side) + c];
            }
        }
    }
}
