namespace Pipeline.Threading;

/// <summary>Cancelling from a signal or another thread, which may come in the very moment in which the work ends.</summary>
public static class LateCancellation
{
    /// <summary>Cancels, unless the source has been disposed: then there is nothing left to stop.</summary>
    public static void CancelIfAlive(this CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The work has ended already.
        }
    }
}
