using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>Keeps two runs out of one work folder; the system lets go of it when the process dies.</summary>
internal static class WorkLock
{
    /// <summary>Takes the folder, which is made if it is missing.</summary>
    /// <exception cref="IOException">Another run has it.</exception>
    public static IDisposable Take(string folder)
    {
        Directory.CreateDirectory(folder);
        return FileLock.TryAcquire(Path.Combine(folder, "once.lock"), shared: false)
            ?? throw new IOException($"Another run works in {folder}. Wait until it ends, or name another folder: --work DIR.");
    }
}
