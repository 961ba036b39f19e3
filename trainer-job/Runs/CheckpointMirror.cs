using System.Globalization;
using System.Text;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.Runs;

/// <summary>
/// Keeps a copy of a run's checkpoints in a store while training goes on, so that a machine that takes over with an empty disk goes on
/// from there. Copying happens beside training, one checkpoint at a time; within a checkpoint the state is written last, and only with it
/// is a checkpoint whole. Who takes up a run leaves a claim in the store; a process that finds another's claim writes nothing any more.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="run">The run's local files.</param>
/// <param name="view">Told of what goes wrong.</param>
/// <param name="clock">Tells claims apart.</param>
internal sealed class CheckpointMirror(IBlobStore store, RunFolder run, RunView view, TimeProvider clock) : IAsyncDisposable
{
    private const string ClaimFile = "claim.txt";
    private const string StateFile = "state.json";
    private const string Folder = "checkpoints";
    private readonly Lock _gate = new();
    private Task _work = Task.CompletedTask;
    private bool _dirty;
    private string? _claim;

    private BlobName Claim => new(Containers.Runs, $"{run.Name}/{ClaimFile}");

    private string Prefix => $"{run.Name}/{Folder}/";

    /// <summary>Brings here what the store has and this disk has not: checkpoints, the log and what belongs to it.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var holder = FormattableString.Invariant($"{Environment.MachineName} {Environment.ProcessId} {clock.GetUtcNow():O}\n");
        _claim = await store.WriteAsync(Claim, Encoding.UTF8.GetBytes(holder), BlobCondition.None, cancellationToken);
        var here = Here();
        var there = (await ThereAsync(cancellationToken)).Where(IsWhole).ToDictionary();
        if (there.Count == 0 || (here.Count > 0 && here.Max() >= there.Keys.Max()))
        {
            return;
        }

        foreach (var step in there.Keys.Where(step => !here.Contains(step)))
        {
            var writing = Path.Combine(run.Checkpoints, $".writing-{step}");
            if (Directory.Exists(writing))
            {
                Directory.Delete(writing, recursive: true);
            }

            foreach (var file in there[step])
            {
                await FetchAsync($"{Prefix}{step}/{file}", Path.Combine(writing, file), cancellationToken);
            }

            Directory.Move(writing, Path.Combine(run.Checkpoints, step.ToString(CultureInfo.InvariantCulture)));
        }

        foreach (var path in new[] { run.Log, run.Samples, run.State })
        {
            await FetchAsync($"{run.Name}/{Path.GetFileName(path)}", path, cancellationToken);
        }

        view.Say($"The store has this run up to step {there.Keys.Max()}; it was begun on another disk.");
    }

    /// <summary>Begins to copy what is new, or does so as soon as the copy in hand is done.</summary>
    public void Update()
    {
        lock (_gate)
        {
            _dirty = true;
            if (_work.IsCompleted)
            {
                _work = Task.Run(CopyAsync);
            }
        }
    }

    /// <summary>Makes sure that no other process has taken up the run meanwhile.</summary>
    /// <exception cref="RunTakenException">One has.</exception>
    public async Task DemandAsync(CancellationToken cancellationToken)
    {
        if ((await store.FindAsync(Claim, cancellationToken))?.ETag != _claim)
        {
            throw new RunTakenException(run.Name);
        }
    }

    /// <summary>Waits until the store has what this disk has.</summary>
    public async Task FlushAsync()
    {
        Update();
        await _work;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await _work;

    private async Task CopyAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                if (!_dirty)
                {
                    return;
                }

                _dirty = false;
            }

            try
            {
                await SynchroniseAsync(CancellationToken.None);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // An old checkpoint was deleted while it was copied: a newer one is next, and what was copied of the old one goes.
                lock (_gate)
                {
                    _dirty = true;
                }
            }
            catch (RunTakenException exception)
            {
                view.Warn(exception.Message);
            }
            catch (Exception exception) when (exception is IOException or Azure.RequestFailedException)
            {
                view.Warn($"The checkpoint could not be copied to the store and is on this disk alone until the next one: {exception.Message}");
            }
        }
    }

    private async Task SynchroniseAsync(CancellationToken cancellationToken)
    {
        await DemandAsync(cancellationToken);
        var there = await ThereAsync(cancellationToken);
        var here = Here();
        var whole = there.Where(IsWhole).Select(item => item.Key).ToHashSet();
        foreach (var step in here.Where(step => !whole.Contains(step)).OrderDescending())
        {
            var folder = Path.Combine(run.Checkpoints, step.ToString(CultureInfo.InvariantCulture));
            foreach (var file in Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).OrderBy(file => file == StateFile))
            {
                await using var content = new FileStream(Path.Combine(folder, file), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
                await store.WriteAsync(new BlobName(Containers.Runs, $"{Prefix}{step}/{file}"), content, BlobCondition.None, metadata: null, cancellationToken);
            }
        }

        // Also what was never copied to its end. The state goes first, so that what is left is no checkpoint any more.
        foreach (var (step, files) in there.Where(item => !here.Contains(item.Key)))
        {
            foreach (var file in files.OrderByDescending(file => file == StateFile))
            {
                await store.DeleteAsync(new BlobName(Containers.Runs, $"{Prefix}{step}/{file}"), BlobCondition.None, cancellationToken);
            }
        }
    }

    private List<int> Here() => Directory.Exists(run.Checkpoints)
        ? [.. Directory.EnumerateDirectories(run.Checkpoints).Select(path => Step(Path.GetFileName(path))).OfType<int>()]
        : [];

    /// <summary>The checkpoints of the store, whole or not, and their files.</summary>
    private async Task<Dictionary<int, List<string>>> ThereAsync(CancellationToken cancellationToken)
    {
        Dictionary<int, List<string>> found = [];
        await foreach (var entry in store.ListAsync(Containers.Runs, Prefix, cancellationToken))
        {
            if (entry.Name.Path[Prefix.Length..].Split('/') is [var name, var file] && Step(name) is { } step)
            {
                found.TryAdd(step, []);
                found[step].Add(file);
            }
        }

        return found;
    }

    private static bool IsWhole(KeyValuePair<int, List<string>> checkpoint) => checkpoint.Value.Contains(StateFile);

    private async Task FetchAsync(string blob, string target, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenAsync(new BlobName(Containers.Runs, blob), cancellationToken);
        if (content is not null)
        {
            await AtomicFile.WriteAsync(target, content.Stream.CopyToAsync, cancellationToken);
        }
    }

    private static int? Step(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;
}

/// <summary>Another process has taken up the run, on this machine or elsewhere.</summary>
internal sealed class RunTakenException(string run)
    : Exception($"Another process has taken up the run {run}; this one writes nothing any more. Let the other go on, or stop it and start again.");
