using Pipeline.Generation;

namespace Pipeline.TrainerJob.Training;

/// <summary>Chooses how a base model is trained so that it fits the machine: everything if possible, adapters if need be.</summary>
internal static class MemoryFit
{
    // The rest is for what the estimate does not know, and for the system.
    private const double UsableShare = 0.85;
    private const int AdapterRank = 8;

    /// <summary>The first of the ways that fits: as asked, one row a pass, blocks computed twice, adapters, adapters and blocks computed twice.</summary>
    /// <param name="preset">As asked.</param>
    /// <param name="shape">The base model's.</param>
    /// <param name="machine">What there is.</param>
    /// <returns>The preset to train by; the one that was given if none fits.</returns>
    public static TrainingPreset Choose(TrainingPreset preset, ModelShape shape, MachineMemory machine)
    {
        var oneRow = preset with { Rows = 1, Accumulation = preset.Rows * preset.Accumulation };
        var adapters = FineTuning.ForAdapters(preset with { LoraRank = AdapterRank });
        TrainingPreset[] ways =
        [
            preset,
            oneRow,
            oneRow with { GradientCheckpointing = true },
            adapters,
            adapters with { Rows = 1, Accumulation = preset.Rows * preset.Accumulation, GradientCheckpointing = true },
        ];
        return ways.FirstOrDefault(way => machine.Holds(ResourceCheck.Need(shape, way, way.Rows, way.Context, machine.Device), UsableShare)) ?? preset;
    }

    /// <summary>What is trained, in words.</summary>
    public static string Describe(TrainingPreset preset) => string.Concat(
        preset.LoraRank is { } rank ? $"adapters of rank {rank} on {preset.LoraTargets}" : preset.Freeze > 0 ? $"all but the embeddings and the lowest {preset.Freeze} blocks" : "all weights",
        preset.Dropout > 0 ? FormattableString.Invariant($", dropout {preset.Dropout}") : "",
        preset.GradientCheckpointing ? ", blocks computed twice" : "",
        FormattableString.Invariant($", {preset.Rows} rows a pass, {preset.Accumulation} passes a step"));
}
