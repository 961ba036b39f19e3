using Pipeline.Storage;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Keeps a second process off a run. The operating system lets go of the lock when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileLock _held;

    private RunLock(FileLock held) => _held = held;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="RunBusyException">Another process has it.</exception>
    public static RunLock Take(string runFolder) =>
        new(FileLock.TryAcquire(Path.Combine(runFolder, "run.lock"), shared: false) ?? throw new RunBusyException(runFolder));

    /// <inheritdoc />
    public void Dispose() => _held.Dispose();
}

/// <summary>Another process works on the run.</summary>
internal sealed class RunBusyException(string runFolder)
    : Exception($"Another process trains in {runFolder}; nothing was done here. Wait until it ends, or stop it.");
