namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>Rows [B·T, P·H·D] give P stacks of matrices [B, H, T, D]: the parts stand side by side in a row, and in each part the heads.</summary>
internal sealed record SplitHeadsKernel(int Batch, int Length, int Parts, int Heads, int HeadSize) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [.. Enumerable.Repeat<Shape>([Batch, Heads, Length, HeadSize], Parts)];

    public override unsafe void Compute(KernelContext context)
    {
        var rows = (nint)context.Numbers(0);
        var parts = new nint[Parts];
        for (var part = 0; part < Parts; part++)
        {
            parts[part] = (nint)context.Output(part);
        }

        context.ForEach(Batch * Heads, matrix => HeadLayout.Copy(this, (float*)rows, parts, matrix, split: true));
    }
}
