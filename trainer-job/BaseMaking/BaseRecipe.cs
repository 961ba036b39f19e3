using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.BaseMaking;

/// <summary>How the base model that ships is trained.</summary>
internal static class BaseRecipe
{
    /// <summary>Steps of 8 rows of 512 tokens.</summary>
    public const int Steps = 3500;

    // Ten million parameters in 16 bits are 20 MB: what a repository bears.
    private static readonly TrainingPreset _preset = TrainingPreset.Small with
    {
        MaxVocabulary = 8192,
        Context = 512,
        Layers = 6,
        Heads = 5,
        Width = 320,
        Rows = 8,
        Epochs = 100,
        LearningRate = 1.5e-3,
        WarmupSteps = 150,
        EvaluationsPerEpoch = 8,
        Patience = 1000,
    };

    /// <summary>The settings of a run of so many steps.</summary>
    /// <param name="output">The folder for the trained model.</param>
    /// <param name="work">The folder for the run.</param>
    /// <param name="steps">Steps.</param>
    /// <exception cref="InputException">There are no steps.</exception>
    public static TrainSettings Settings(string output, string work, int steps) =>
        new() { Output = output, Work = work, FromScratch = true, Preset = (_preset with { Steps = steps }).Checked() };
}
