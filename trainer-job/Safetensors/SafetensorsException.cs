namespace Pipeline.TrainerJob.Safetensors;

/// <summary>A safetensors file cannot be used as it is.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">What is wrong with it, as a sentence without its full stop.</param>
/// <param name="cause">The failure beneath, if there was one.</param>
public sealed class SafetensorsException(string path, string problem, Exception? cause = null) : IOException($"{path}: {problem}.", cause)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong with it.</summary>
    public string Problem { get; } = problem;
}
