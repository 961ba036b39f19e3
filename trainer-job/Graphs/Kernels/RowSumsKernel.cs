namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Indices [N], rows [N, C] and a table so far [V, C], or none, give the table with each row added at its index: the gradient of an embedding.
/// Each column is added up in the order of the rows, so the result is the same at each run, which a scatter operator does not promise.
/// </summary>
internal sealed record RowSumsKernel(int Rows, int Columns, int TableRows, bool AddsToTable) : Kernel
{
    // Columns a piece of work: whole cache lines.
    private const int Width = 32;

    public override IReadOnlyList<Shape> Outputs => [[TableRows, Columns]];

    public override int? InPlaceInput => AddsToTable ? 0 : null;

    public override unsafe void Compute(KernelContext context)
    {
        var next = 0;
        var table = AddsToTable ? (nint)context.Numbers(next++) : 0;
        var (indices, rows, sums) = ((nint)context.Indices(next), (nint)context.Numbers(next + 1), (nint)context.Output(0));
        if (table != sums)
        {
            context.ForEach(VectorMath.RowBlocks, block => Start((float*)table, (float*)sums, block));
        }

        context.ForEach((Columns + Width - 1) / Width, strip =>
        {
            var (first, width) = (strip * Width, Math.Min(Width, Columns - (strip * Width)));
            for (var row = 0; row < Rows; row++)
            {
                VectorMath.Add((float*)sums + (((long*)indices)[row] * Columns) + first, (float*)rows + ((long)row * Columns) + first, width);
            }
        });
    }

    private unsafe void Start(float* table, float* sums, int block)
    {
        var (start, end) = VectorMath.RowBlock(TableRows, block);
        var target = new Span<float>(sums + ((long)start * Columns), (end - start) * Columns);
        if (table is null)
        {
            target.Clear();
        }
        else
        {
            new ReadOnlySpan<float>(table + ((long)start * Columns), target.Length).CopyTo(target);
        }
    }
}
