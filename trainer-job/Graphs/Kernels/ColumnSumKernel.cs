namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>x [N, C] gives the sums of its columns [C]: the gradient of a bias.</summary>
internal sealed record ColumnSumKernel(int Rows, int Columns) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Columns]];

    public override unsafe void Compute(KernelContext context)
    {
        var x = (nint)context.Numbers(0);
        using var partial = new PartialSums(Columns);
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            for (var row = start; row < end; row++)
            {
                VectorMath.Add(partial.Of(block), (float*)x + ((long)row * Columns), Columns);
            }
        });
        partial.Total(context.Output(0));
    }
}
