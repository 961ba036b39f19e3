using Pipeline.TrainerJob.Diagnostics;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>The memory that a training may use.</summary>
/// <param name="Host">Bytes of the machine, or the container's limit.</param>
/// <param name="Device">Where graphs run.</param>
/// <param name="OnDevice">Bytes of the GPU; null on the CPU, or where neither a setting nor the driver says.</param>
internal sealed record MachineMemory(long Host, ExecutionDevice Device, long? OnDevice = null)
{
    /// <summary>This machine's.</summary>
    /// <param name="device">Where graphs run.</param>
    /// <param name="given">Bytes of the GPU as a setting says, which wins over the driver.</param>
    public static MachineMemory Of(ExecutionDevice device, long? given) => new(
        ResourceCheck.MachineMemory, device, device.CudaDevice is { } number ? given ?? CudaDriver.Memory(number) : null);

    /// <summary>Whether a share of it suffices.</summary>
    public bool Holds(MemoryEstimate need, double share) => need.Total <= Host * share && need.Device <= (OnDevice ?? double.PositiveInfinity) * share;
}
