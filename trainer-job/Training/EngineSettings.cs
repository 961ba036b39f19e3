using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>A preset as the engine's options.</summary>
internal static class EngineSettings
{
    /// <summary>The names of <see cref="TrainingPreset.Precision"/>.</summary>
    public static IReadOnlyList<string> Precisions { get; } = ["fp32", "fp16", "bf16"];

    /// <summary>The options.</summary>
    /// <param name="preset">How to train.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="device">Where to.</param>
    public static TrainingEngineOptions Of(TrainingPreset preset, ulong seed = 1, ExecutionDevice? device = null) => new()
    {
        Lora = preset.Lora,
        FrozenLayers = preset.Freeze,
        FrozenEmbeddings = preset.Freeze > 0,
        Dropout = preset.Dropout,
        GradientCheckpointing = preset.GradientCheckpointing,
        Seed = seed,
        Device = device ?? ExecutionDevice.Cpu,
        Precision = preset.Precision switch
        {
            "fp16" => TrainingPrecision.Half,
            "bf16" => TrainingPrecision.BFloat16,
            _ => TrainingPrecision.Full,
        },
    };
}
