using Pipeline.TrainerJob.Graphs.Kernels.Matrices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>Stacks of matrices a [N, M, K] (or [N, K, M]) and b [N, K, L] (or [N, L, K]) give factor · a · b [N, M, L], one matrix a thread.</summary>
/// <param name="Result">The result's sizes; all but the last two count matrices.</param>
/// <param name="Steps">K.</param>
/// <param name="TransposeA">Whether a lies as [K, M].</param>
/// <param name="TransposeB">Whether b lies as [L, K].</param>
/// <param name="Factor">The factor.</param>
/// <param name="Half">What need not be computed.</param>
internal sealed record TriangularProductKernel(Shape Result, int Steps, bool TransposeA, bool TransposeB, float Factor, Triangle Half) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [Result];

    public override long ScratchBytes => Product.ScratchBytes * Environment.ProcessorCount;

    private TriangularProduct Product => new(Result[-2], Result[-1], Steps, TransposeA, TransposeB, Factor, Half);

    public override unsafe void Compute(KernelContext context)
    {
        var product = Product;
        var (a, b, c) = ((nint)context.Numbers(0), (nint)context.Numbers(1), (nint)context.Output(0));
        var (rows, columns) = ((long)Result[-2], (long)Result[-1]);
        context.ForEach((int)(Result.Elements / (rows * columns)), matrix =>
            product.Run((float*)a + (matrix * rows * Steps), (float*)b + (matrix * Steps * columns), (float*)c + (matrix * rows * columns)));
    }
}
