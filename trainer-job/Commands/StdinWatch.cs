using Pipeline.Threading;

namespace Pipeline.TrainerJob.Commands;

/// <summary>Asks for an end when standard input closes, as it does when the process that started this one is gone.</summary>
internal static class StdinWatch
{
    /// <summary>A token cancelled when the stream ends or the other token is.</summary>
    public static CancellationTokenSource Start(Stream input, CancellationToken other)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(other);
        new Thread(() => Drain(input, stop)) { IsBackground = true, Name = "watch standard input" }.Start();
        return stop;
    }

    private static void Drain(Stream input, CancellationTokenSource stop)
    {
        var buffer = new byte[256];
        try
        {
            while (input.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A pipe that broke is closed too.
        }

        stop.CancelIfAlive();
    }
}
