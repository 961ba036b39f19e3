using Pipeline.Generation;

namespace Pipeline.TrainerJob.Training;

/// <summary>What a preset means for a model that has learned before: its shape is given, little must change, and larger ones need smaller steps.</summary>
internal static class FineTuning
{
    // What is usual for GPT-2's smallest model, and how it falls with size: about what is usual for the largest, too.
    private const double UsualLearningRate = 5e-5;
    private const double UsualParameters = 124e6;
    private const double LearningRateExponent = -0.7;
    private const int TokensPerPass = 1024;
    private const int FewestSteps = 20;

    /// <summary>Adapts a preset.</summary>
    /// <param name="preset">As for training from scratch.</param>
    /// <param name="shape">The base model's.</param>
    /// <remarks>The work of a step grows with the model, so a preset with a step budget gets as many fewer steps: it takes about the same time.</remarks>
    public static TrainingPreset Adapt(TrainingPreset preset, ModelShape shape)
    {
        var context = Math.Min(preset.Context, shape.Context);
        var rows = Math.Max(1, TokensPerPass / context);
        var scratch = new ModelShape(preset.Layers, preset.Heads, preset.Width, preset.Context, preset.MaxVocabulary);
        var work = (double)preset.Steps * preset.Rows * preset.Context * scratch.Parameters;
        var affordable = work / ((double)rows * context * shape.Parameters);
        return preset with
        {
            Model = shape.Architecture,
            Layers = shape.Layers,
            Heads = shape.Heads,
            Width = shape.Width,
            Context = context,
            MinVocabulary = shape.Vocabulary,
            MaxVocabulary = shape.Vocabulary,
            Rows = rows,
            Steps = preset.Bounded ? (int)Math.Clamp(affordable, FewestSteps, preset.Steps) : preset.Steps,
            UsualEpochs = 4,
            FewestSteps = FewestSteps,
            LearningRate = Rounded(Math.Clamp(UsualLearningRate * Math.Pow(shape.Parameters / UsualParameters, LearningRateExponent), 5e-6, 1e-3)),
            WeightDecay = 0.01,
            WarmupSteps = 20,
            Patience = 4,
        };
    }

    /// <summary>Adapters are few numbers that start from nothing: they bear, and need, larger steps.</summary>
    public static TrainingPreset ForAdapters(TrainingPreset preset) => preset with { LearningRate = Rounded(Math.Min(10 * preset.LearningRate, 2e-3)), WeightDecay = 0 };

    /// <summary>Two digits: a person reads it, and a manifest keeps it.</summary>
    private static double Rounded(double value)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
        return double.Parse((Math.Round(value / unit) * unit).ToString("G2", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
    }
}
