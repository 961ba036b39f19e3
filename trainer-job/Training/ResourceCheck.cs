using Pipeline.Generation;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>Says before the start, not after an hour, that memory or disk will not do.</summary>
internal static class ResourceCheck
{
    private const int BytesOfFloat = 4;

    // Checkpoints of weights and two moments: two kept, the best, and the one being written.
    private const int CheckpointsOnDisk = 4;

    // The model in 32 bits as weights and as two forms for serving, and once more while it is published.
    private const int ModelsOnDisk = 4;

    /// <summary>The memory that this process may use, in bytes: the machine's, or the container's limit.</summary>
    public static long MachineMemory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>About how much memory training takes, in bytes.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="preset">What is trained and how.</param>
    /// <param name="rows">Rows of a pass.</param>
    /// <param name="length">Tokens of a row.</param>
    public static long Memory(ModelShape shape, TrainingPreset preset, int rows, int length) => Need(shape, preset, rows, length, ExecutionDevice.Cpu).Total;

    /// <summary>About how much memory training takes on a device, on the machine and on the GPU.</summary>
    public static MemoryEstimate Need(ModelShape shape, TrainingPreset preset, int rows, int length, ExecutionDevice device) =>
        MemoryEstimate.Of(shape, rows, length, EngineSettings.Of(preset, device: device), preset.Accumulation);

    /// <summary>About how much disk a run takes, in bytes.</summary>
    public static long Disk(ModelShape shape, TrainingPreset preset) =>
        BytesOfFloat * (CheckpointsOnDisk * 3 * Trained(shape, preset) + ModelsOnDisk * shape.Parameters);

    /// <summary>Compares the need with what there is.</summary>
    /// <exception cref="InputException">Memory or disk will not do.</exception>
    public static void Demand(ModelShape shape, TrainingPreset preset, int rows, int length, long memory, long disk, string folder) =>
        Demand((Memory(shape, preset, rows, length), memory), (Disk(shape, preset), disk), folder);

    /// <summary>The same with the needs worked out.</summary>
    /// <exception cref="InputException">Memory or disk will not do.</exception>
    public static void Demand((long Need, long There) memory, (long Need, long There) disk, string folder)
    {
        if (memory.Need > memory.There)
        {
            throw new InputException(
                $"Training this model takes about {Size(memory.Need)}, and the machine has {Size(memory.There)}. Lower rows, context, width or layers; of a base model train adapters (--lora-rank 8), or compute blocks twice (--gradient-checkpointing).");
        }

        if (disk.Need > disk.There)
        {
            throw new InputException($"The run takes about {Size(disk.Need)} of disk, and {folder} has {Size(disk.There)} left. Make room, or name another folder.");
        }
    }

    /// <summary>Compares a GPU's need with what it has, if that is known.</summary>
    /// <exception cref="InputException">It will not do.</exception>
    public static void DemandOfDevice(MemoryEstimate need, MachineMemory machine)
    {
        if (need.Device > machine.OnDevice)
        {
            throw new InputException(
                $"Training this model takes about {Size(need.Device)} on {machine.Device}, which has {Size(machine.OnDevice.Value)}. Lower rows or context, compute blocks twice (--gradient-checkpointing), train adapters (--lora-rank 8), or say --device-memory if it has more.");
        }
    }

    /// <summary>Bytes as people read them.</summary>
    public static string Size(long bytes) => bytes < 1e9 ? FormattableString.Invariant($"{bytes / 1e6:0} MB") : FormattableString.Invariant($"{bytes / 1e9:0.0} GB");

    private static long Trained(ModelShape shape, TrainingPreset preset) =>
        new TrainingScope(preset.Lora, preset.Freeze, preset.Freeze > 0).Trainable(shape).Sum(tensor => (long)tensor.Shape.Elements);
}
