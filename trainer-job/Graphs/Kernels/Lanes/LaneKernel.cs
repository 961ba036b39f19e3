namespace Pipeline.TrainerJob.Graphs.Kernels.Lanes;

/// <summary>A kernel that computes with the widest registers that the processor has.</summary>
internal abstract record LaneKernel : Kernel
{
    public sealed override void Compute(KernelContext context)
    {
        if (WideLanes.IsSupported)
        {
            Compute<WideLanes>(context);
        }
        else
        {
            Compute<NarrowLanes>(context);
        }
    }

    /// <summary>Runs it with one kind of registers.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    protected abstract void Compute<T>(KernelContext context)
        where T : struct, ILanes<T>;
}
