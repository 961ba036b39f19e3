namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>The opposite of <see cref="SplitHeadsKernel"/>: P stacks of matrices [B, H, T, D] give rows [B·T, P·H·D].</summary>
internal sealed record JoinHeadsKernel(SplitHeadsKernel Split) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Split.Batch * Split.Length, Split.Parts * Split.Heads * Split.HeadSize]];

    public override unsafe void Compute(KernelContext context)
    {
        var parts = new nint[Split.Parts];
        for (var part = 0; part < parts.Length; part++)
        {
            parts[part] = (nint)context.Numbers(part);
        }

        var rows = (nint)context.Output(0);
        context.ForEach(Split.Batch * Split.Heads, matrix => HeadLayout.Copy(Split, (float*)rows, parts, matrix, split: false));
    }
}
