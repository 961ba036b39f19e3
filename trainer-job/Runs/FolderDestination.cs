using Pipeline.Runs;

namespace Pipeline.TrainerJob.Runs;

/// <summary>A model without a store: into one folder of the user's choice, runs below the work folder.</summary>
/// <param name="output">The model folder to make.</param>
/// <param name="work">The work folder.</param>
internal sealed class FolderDestination(string output, string work) : ModelDestination
{
    private const string VersionFile = "version.txt";
    private readonly string _output = Path.GetFullPath(output);

    /// <inheritdoc />
    public override string RunsFolder { get; } = Path.Combine(work, "runs");

    /// <inheritdoc />
    public override string CacheFolder { get; } = Path.Combine(work, "cache");

    /// <summary>Refuses to mix a model with what a person keeps in the folder.</summary>
    /// <exception cref="InputException">The folder holds something that is no model of ours.</exception>
    public void Check()
    {
        if (File.Exists(_output))
        {
            throw new InputException($"{_output} is a file; name a folder for the model.");
        }

        if (Directory.Exists(_output) && Directory.EnumerateFileSystemEntries(_output).Any() && !File.Exists(Path.Combine(_output, VersionFile)))
        {
            throw new InputException($"{_output} holds other files; name an empty or a new folder for the model.");
        }
    }

    /// <inheritdoc />
    public override async Task<RunState?> FindAsync(string version, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_output, VersionFile);
        if (!File.Exists(path) || (await File.ReadAllTextAsync(path, cancellationToken)).Trim() != version)
        {
            return null;
        }

        var state = Path.Combine(RunsFolder, version, RunState.FileName);
        return (File.Exists(state) ? RunState.FromJson(await File.ReadAllBytesAsync(state, cancellationToken)) : null)
            ?? new RunState { Run = version, Version = version, Status = RunStatus.Finished };
    }

    /// <inheritdoc />
    public override async Task<string> PublishAsync(string modelFolder, TrainedModel model, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(modelFolder, VersionFile), model.State.Version + "\n", cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(_output)!);

        // The work folder may lie on another disk, from which a folder cannot be moved: so it is copied beside its place first.
        var writing = _output + ".writing";
        if (Directory.Exists(writing))
        {
            Directory.Delete(writing, recursive: true);
        }

        Copy(modelFolder, writing);
        if (Directory.Exists(_output))
        {
            Directory.Delete(_output, recursive: true);
        }

        Directory.Move(writing, _output);
        return _output;
    }

    /// <inheritdoc />
    public override CheckpointMirror? Mirror(RunFolder run, RunView view) => null;

    /// <inheritdoc />
    public override Task ShareAsync(RunFolder run, CancellationToken cancellationToken) => Task.CompletedTask;

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}
