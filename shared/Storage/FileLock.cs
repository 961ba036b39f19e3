using System.Buffers.Binary;

namespace Pipeline.Storage;

/// <summary>
/// A lock between processes, held on a file by the operating system (flock), so that it ends with the process that holds it,
/// however that process ends. The file stays: removing it would let two holders lock two files of one name.
/// </summary>
public sealed class FileLock : IDisposable
{
    // EAGAIN on Linux, EAGAIN on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020)];
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(16);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free. Readers share it, a writer has it alone.</summary>
    public static async Task<FileLock> AcquireAsync(string path, bool shared, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.FromMilliseconds(1); ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAcquire(path, shared) is { } held)
            {
                return held;
            }

            await Task.Delay(pause, cancellationToken);
        }
    }

    /// <summary>Takes the lock if it is free, else returns null.</summary>
    public static FileLock? TryAcquire(string path, bool shared)
    {
        try
        {
            return new FileLock(shared
                ? new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, bufferSize: 0)
                : new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (IOException exception) when (HeldByAnother.Contains(exception.HResult))
        {
            return null;
        }
    }

    /// <summary>
    /// The time as a stamp that no earlier holder of this lock was given, kept in the lock's file: equal or backward clocks move
    /// it on by 100 ns. Needs the lock alone.
    /// </summary>
    public DateTime NextStamp(TimeProvider clock)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        var last = RandomAccess.Read(_file.SafeFileHandle, bytes, 0) == bytes.Length ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : 0;
        var now = clock.GetUtcNow().UtcTicks;
        // A damaged lock file must not give a time that no file system can hold.
        var stamp = last >= now && last < DateTime.MaxValue.Ticks ? last + 1 : now;
        BinaryPrimitives.WriteInt64LittleEndian(bytes, stamp);
        RandomAccess.Write(_file.SafeFileHandle, bytes, 0);
        return new DateTime(stamp, DateTimeKind.Utc);
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}
