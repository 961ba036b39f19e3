using Pipeline.Runs;

namespace Pipeline.TrainerJob.Runs;

/// <summary>The files of one run, below a folder of runs.</summary>
/// <param name="runs">The folder of all runs.</param>
/// <param name="name">The run's name.</param>
internal sealed class RunFolder(string runs, string name)
{
    /// <summary>The run's name.</summary>
    public string Name => name;

    /// <summary>The run's own folder.</summary>
    public string Path { get; } = System.IO.Path.Combine(runs, name);

    /// <summary>The settings, as they were when the run began.</summary>
    public string Settings => Below("settings.json");

    /// <summary>The log, a line a step.</summary>
    public string Log => Below("train.log");

    /// <summary>The picture of the log.</summary>
    public string Chart => Below("loss.svg");

    /// <summary>What the model wrote at each evaluation.</summary>
    public string Samples => Below("samples.md");

    /// <summary>Where the run stands.</summary>
    public string State => Below(RunState.FileName);

    /// <summary>The folder of checkpoints.</summary>
    public string Checkpoints => Below("checkpoints");

    /// <summary>The folder of the tokenizer that was trained for the run.</summary>
    public string Tokenizer => Below("tokenizer");

    /// <summary>The folder in which the model is put together.</summary>
    public string Model => Below("model");

    private string Below(string file) => System.IO.Path.Combine(Path, file);
}
