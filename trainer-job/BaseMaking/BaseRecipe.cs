using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.BaseMaking;

/// <summary>How the base model that ships is trained.</summary>
/// <param name="Steps">Steps of 8 rows of 512 tokens.</param>
/// <param name="LearningRate">The highest; null is usual for <paramref name="From"/>.</param>
/// <param name="From">The folder of a base model to go on from; null begins with nothing.</param>
internal sealed record BaseRecipe(int Steps, double? LearningRate = null, string? From = null)
{
    /// <summary>Steps if nothing else is asked for.</summary>
    public const int UsualSteps = 3000;

    // Ten million parameters in 16 bits are 20 MB: what a repository bears.
    private static readonly TrainingPreset _preset = TrainingPreset.Small with
    {
        MaxVocabulary = 8192,
        Layers = 6,
        Heads = 5,
        Width = 320,
    };

    /// <summary>The highest learning rate: a model that has learned bears smaller steps.</summary>
    public double HighestLearningRate => LearningRate ?? (From is null ? 1.5e-3 : 6e-4);

    /// <summary>The settings of the run.</summary>
    /// <param name="output">The folder for the trained model.</param>
    /// <param name="work">The folder for the run.</param>
    /// <exception cref="InputException">A number is out of range.</exception>
    public TrainSettings Settings(string output, string work) => new()
    {
        Output = output,
        Work = work,
        FromScratch = From is null,
        Base = From,
        Preset = Trained(_preset).Checked(),
        Numbers = From is null ? [] : [new("rows", Trained)],
    };

    private TrainingPreset Trained(TrainingPreset preset) => preset with
    {
        Context = 512,
        Rows = 8,
        Epochs = 100,
        Steps = Steps,
        LearningRate = HighestLearningRate,
        WeightDecay = TrainingPreset.Small.WeightDecay,
        WarmupSteps = Math.Min(150, 1 + (Steps / 20)),
        EvaluationsPerEpoch = 8,
        Patience = 1000,
    };
}
