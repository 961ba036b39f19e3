using Pipeline.Generation;

namespace Pipeline.TrainerJob.Models;

/// <summary>The sizes of GPT-2 that were published (Radford et al. 2019; distilgpt2: Sanh et al. 2019), by the names they have on the hub.</summary>
public static class Gpt2Shapes
{
    private const int Context = 1024;
    private const int Vocabulary = 50257;

    /// <summary>All of them, the smallest first.</summary>
    public static IReadOnlyList<(string Name, ModelShape Shape)> All { get; } =
    [
        ("distilgpt2", new(6, 12, 768, Context, Vocabulary)),
        ("gpt2", ModelShape.Gpt2),
        ("gpt2-medium", new(24, 16, 1024, Context, Vocabulary)),
        ("gpt2-large", new(36, 20, 1280, Context, Vocabulary)),
        ("gpt2-xl", new(48, 25, 1600, Context, Vocabulary)),
    ];

    /// <summary>The shape of a name, or null if there is none of that name.</summary>
    public static ModelShape? Named(string name) => All.FirstOrDefault(size => size.Name == name).Shape;
}
