namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// x, keys and row numbers [B] give x with some elements 0 and the rest scaled up. B rows of equally many elements make up x; what is dropped of
/// a row follows from one of the keys and the row's number, so the backward pass drops the same of the gradient and no mask is kept.
/// </summary>
internal sealed record DropoutKernel(Shape Shape, int Batch, int Site, float Rate) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [Shape];

    public override int? InPlaceInput => 0;

    public override unsafe void Compute(KernelContext context)
    {
        var (x, keys, rows, y) = ((nint)context.Numbers(0), (nint)context.Indices(1), (nint)context.Indices(2), (nint)context.Output(0));
        var length = (int)(Shape.Elements / Batch);
        context.ForEach(Batch * VectorMath.RowBlocks, part =>
        {
            var (row, block) = Math.DivRem(part, VectorMath.RowBlocks);
            var (start, end) = VectorMath.RowBlock(length, block);
            var mask = DropoutMask.Of(((long*)keys)[Site], ((long*)rows)[row], Rate);
            var offset = (long)row * length;
            mask.Apply((float*)x + offset, (float*)y + offset, start, end);
        });
    }
}
