namespace Pipeline.TrainerJob.Training;

/// <summary>The sizes that GPT-2 was published in (Radford et al. 2019), and the distilled one, for training from scratch.</summary>
internal static class NamedShape
{
    private const int Context = 1024;

    // Learning rates of models of these sizes from scratch: table 2.1 of Brown et al., "Language Models are Few-Shot Learners", 2020.
    private static readonly (string Name, int Layers, int Heads, int Width, double LearningRate)[] _shapes =
    [
        ("distilgpt2", 6, 12, 768, 6e-4),
        ("gpt2", 12, 12, 768, 6e-4),
        ("gpt2-medium", 24, 16, 1024, 3e-4),
        ("gpt2-large", 36, 20, 1280, 2.5e-4),
        ("gpt2-xl", 48, 25, 1600, 2e-4),
    ];

    /// <summary>The names.</summary>
    public static string Names => string.Join(", ", _shapes.Select(shape => shape.Name));

    /// <summary>A preset of another size; the vocabulary still follows from the corpus.</summary>
    /// <exception cref="InputException">There is no such size.</exception>
    public static TrainingPreset Apply(TrainingPreset preset, string name)
    {
        var shape = _shapes.FirstOrDefault(shape => shape.Name == name);
        return shape.Name is not null
            ? preset with { Layers = shape.Layers, Heads = shape.Heads, Width = shape.Width, Context = Context, Rows = 1, LearningRate = shape.LearningRate }
            : throw new InputException($"There is no shape '{name}'; choose one of {Names}.");
    }
}
