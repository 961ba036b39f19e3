namespace Pipeline.TrainerJob.Models;

/// <summary>A model folder cannot be used; all that is wrong with it is named together.</summary>
/// <param name="folder">The folder.</param>
/// <param name="problems">Each a sentence without its full stop.</param>
public sealed class ModelFolderException(string folder, IReadOnlyList<string> problems)
    : IOException($"The model in {folder} cannot be used: {string.Join("; ", problems)}.")
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
