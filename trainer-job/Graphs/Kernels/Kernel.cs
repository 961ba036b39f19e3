namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// An operator written in C# for the CPU, called by ONNX Runtime as one of its custom operators. It does in one pass over the memory what
/// takes several operators of ONNX. Its sizes are fixed when it is made; equal kernels share one operator.
/// </summary>
internal abstract record Kernel
{
    /// <summary>What it yields.</summary>
    public abstract IReadOnlyList<Shape> Outputs { get; }

    /// <summary>An input whose memory the first output may take, or null; the kernel has to work either way.</summary>
    public virtual int? InPlaceInput => null;

    /// <summary>Bytes that it keeps beside inputs and outputs, together with all others.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>Runs it. Work is shared out by <see cref="KernelContext.ForEach"/> in a way that does not depend on the threads.</summary>
    public abstract void Compute(KernelContext context);
}
