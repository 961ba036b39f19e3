namespace Pipeline.Functions.Local;

/// <summary>
/// Says when it is worth looking for new blobs. A folder tells of its changes by itself; otherwise, and as a safety net there too, one
/// looks again after a pause that grows with what a look costs, so that an idle host stays idle however many blobs there are.
/// </summary>
internal sealed class StoreWatch : IDisposable
{
    private const int PauseInLooks = 200;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // Lets the rest of a burst arrive.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim changed = new(0, 1);
    private readonly FileSystemWatcher? watcher;
    private readonly TimeProvider clock;

    /// <summary>Watches a container.</summary>
    /// <param name="folder">The container's folder, or null if the store is none.</param>
    /// <param name="clock">Measures pauses.</param>
    public StoreWatch(string? folder, TimeProvider clock)
    {
        this.clock = clock;
        if (folder is null)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        watcher = new(folder) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite };
        watcher.Created += (_, _) => Signal();
        watcher.Changed += (_, _) => Signal();
        watcher.Renamed += (_, _) => Signal();
        // Too much at once: something changed.
        watcher.Error += (_, _) => Signal();
        watcher.EnableRaisingEvents = true;
    }

    /// <summary>Waits until something changed or the pause is over.</summary>
    /// <param name="look">How long the last look took.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitAsync(TimeSpan look, CancellationToken cancellationToken)
    {
        var pause = look * PauseInLooks;
        pause = pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
        if (watcher is null)
        {
            await Task.Delay(pause, clock, cancellationToken);
        }
        else if (await changed.WaitAsync(LongestPause, cancellationToken))
        {
            await Task.Delay(Settling, clock, cancellationToken);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        watcher?.Dispose();
        changed.Dispose();
    }

    private void Signal()
    {
        try
        {
            changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Nobody has looked since the last change: one look finds both.
        }
        catch (ObjectDisposedException)
        {
            // A last event of a watcher that is being disposed.
        }
    }
}
