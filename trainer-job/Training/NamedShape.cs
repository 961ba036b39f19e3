using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>The published sizes of GPT-2 for training from scratch.</summary>
internal static class NamedShape
{
    // Learning rates of models of these sizes from scratch: table 2.1 of Brown et al., "Language Models are Few-Shot Learners", 2020.
    private static readonly Dictionary<string, double> _learningRates = new()
    {
        ["distilgpt2"] = 6e-4,
        ["gpt2"] = 6e-4,
        ["gpt2-medium"] = 3e-4,
        ["gpt2-large"] = 2.5e-4,
        ["gpt2-xl"] = 2e-4,
    };

    /// <summary>The names.</summary>
    public static string Names => string.Join(", ", _learningRates.Keys);

    /// <summary>A preset of another size; the vocabulary still follows from the corpus.</summary>
    /// <exception cref="InputException">There is no such size.</exception>
    public static TrainingPreset Apply(TrainingPreset preset, string name)
    {
        return Gpt2Shapes.Named(name) is { } shape && _learningRates.TryGetValue(name, out var rate)
            ? preset with { Layers = shape.Layers, Heads = shape.Heads, Width = shape.Width, Context = shape.Context, Rows = 1, LearningRate = rate }
            : throw new InputException($"There is no shape '{name}'; choose one of {Names}.");
    }
}
