using Pipeline.TrainerJob.Graphs.Kernels.Matrices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>a [M, K] (or [K, M]) and b [K, N] (or [N, K]), and perhaps c [N] or [M, N], give factor · a · b + c [M, N].</summary>
/// <param name="Rows">M.</param>
/// <param name="Columns">N.</param>
/// <param name="Steps">K.</param>
/// <param name="TransposeA">Whether a lies as [K, M].</param>
/// <param name="TransposeB">Whether b lies as [N, K].</param>
/// <param name="Factor">The factor.</param>
/// <param name="Addend">How many rows c has: none, 1 or M.</param>
internal sealed record GemmKernel(int Rows, int Columns, int Steps, bool TransposeA, bool TransposeB, float Factor, int Addend) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Columns]];

    public override long ScratchBytes => MatrixProduct.ScratchBytes(Rows, Steps);

    public override unsafe void Compute(KernelContext context)
    {
        var product = new MatrixProduct(Rows, Columns, Steps, TransposeA, TransposeB, Factor);
        var addend = Addend == 0 ? null : context.Numbers(2);
        product.Run(context.Numbers(0), context.Numbers(1), addend, startIsRow: Addend == 1, context.Output(0), context.ForEach);
    }
}
