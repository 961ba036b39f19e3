using System.Globalization;
using System.Text;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Keeps a second process off a run. The operating system lets go of the lock when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _stream;

    private RunLock(FileStream stream) => _stream = stream;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="RunBusyException">Another process has it.</exception>
    public static RunLock Take(string runFolder)
    {
        var path = Path.Combine(runFolder, "run.lock");
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            throw new RunBusyException(runFolder, exception);
        }

        stream.SetLength(0);
        stream.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        stream.Flush();
        return new RunLock(stream);
    }

    /// <inheritdoc />
    public void Dispose() => _stream.Dispose();
}

/// <summary>Another process works on the run.</summary>
internal sealed class RunBusyException(string runFolder, Exception inner)
    : Exception($"Another process trains in {runFolder}; nothing was done here. Wait until it ends, or stop it.", inner);
