using Pipeline.Costs;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Serving;

/// <summary>
/// Lets a number of texts be made at once, and keeps a bounded number waiting in order: beyond that a request is turned
/// away at once, with a time after which to come again.
/// </summary>
internal sealed class GenerationQueue(TimeProvider time, int places, int waiting, SampleMeter? meter = null) : IDisposable
{
    private const double Weight = 0.2;
    private const int MostHeldBack = 1000;
    private static readonly TimeSpan FirstGuess = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HeldBack = TimeSpan.FromSeconds(0.5);

    private readonly SemaphoreSlim free = new(places, places);
    private readonly Lock gate = new();
    private readonly TimeProvider clock = time;
    private readonly SampleMeter? meter = meter;
    private readonly SharedTime shared = new(time);
    private int inside;
    private int heldBack;
    private double meanSeconds = FirstGuess.TotalSeconds;

    /// <summary>When to come again: the time that the queue as it is takes, at least a second and at most a minute.</summary>
    public TimeSpan RetryAfter
    {
        get
        {
            lock (gate)
            {
                return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(meanSeconds * inside / places), 1, 60));
            }
        }
    }

    /// <summary>Waits for a place; dispose it when the text is done.</summary>
    /// <returns>Null if the queue is full, or no place became free in time.</returns>
    public async Task<IDisposable?> EnterAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (inside >= places + waiting)
            {
                Telemetry.CountRefused();
                return null;
            }

            inside++;
        }

        Telemetry.CountQueue(1);
        var entered = false;
        try
        {
            entered = await free.WaitAsync(patience, cancellationToken);
            return entered ? new Place(this) : null;
        }
        finally
        {
            if (!entered)
            {
                Leave();
            }
        }
    }

    /// <summary>Takes a place only if nobody waits or works; for what can be left undone.</summary>
    public IDisposable? EnterIfIdle()
    {
        lock (gate)
        {
            if (inside > 0 || !free.Wait(0))
            {
                return null;
            }

            inside++;
        }

        Telemetry.CountQueue(1);
        return new Place(this);
    }

    /// <summary>
    /// Half a second that who was turned away waits for the word of it: callers who come again at once, whatever they are told, would take
    /// the processor from the texts that are being made. There are at most a thousand such waits at a time.
    /// </summary>
    public async Task HoldBackAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref heldBack) <= MostHeldBack)
            {
                // Who has gone away meanwhile needs no word.
                await Task.Delay(HeldBack, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            Interlocked.Decrement(ref heldBack);
        }
    }

    /// <inheritdoc />
    public void Dispose() => free.Dispose();

    private void Leave()
    {
        Telemetry.CountQueue(-1);
        lock (gate)
        {
            inside--;
        }
    }

    private sealed class Place(GenerationQueue queue) : IDisposable
    {
        private readonly long entered = queue.clock.GetTimestamp();
        private readonly double sharedBefore = queue.shared.Enter();
        private bool left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, true))
            {
                return;
            }

            var seconds = queue.clock.GetElapsedTime(entered).TotalSeconds;
            // Places work side by side: what the machine costs in that time is paid once.
            queue.meter?.Add(queue.shared.Leave(sharedBefore));
            Telemetry.CountQueue(-1);
            lock (queue.gate)
            {
                queue.inside--;
                queue.meanSeconds += Weight * (seconds - queue.meanSeconds);
            }

            queue.free.Release();
        }
    }
}
