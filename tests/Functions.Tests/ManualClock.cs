namespace Pipeline.Functions.Tests;

/// <summary>A clock that stands still until the test moves it; what waits on it is woken in order.</summary>
internal sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private DateTimeOffset now = start;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now;
        }
    }

    /// <inheritdoc />
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until somebody waits on this clock.</summary>
    public async Task WaitForSleeperAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (gate)
            {
                if (timers.Count > 0)
                {
                    return;
                }
            }

            await Task.Delay(1, cancellationToken);
        }
    }

    /// <summary>Moves the clock on from sleep to sleep, up to a time.</summary>
    public async Task RunToAsync(DateTimeOffset end, CancellationToken cancellationToken)
    {
        while (true)
        {
            await WaitForSleeperAsync(cancellationToken);
            ManualTimer next;
            lock (gate)
            {
                next = timers.MinBy(timer => timer.Due)!;
                if (next.Due > end)
                {
                    now = end;
                    return;
                }

                now = next.Due > now ? next.Due : now;
                timers.Remove(next);
            }

            next.Fire();
            if (next.Due == end)
            {
                // Who was woken at the very end may be busy now, and not sleep again.
                return;
            }
        }
    }

    /// <summary>Sets the clock without waking anybody: the machine was off.</summary>
    public void Jump(DateTimeOffset time)
    {
        lock (gate)
        {
            now = time;
        }
    }

    /// <summary>Lets every wait be over: waits are measured by a clock of their own, which nobody sets.</summary>
    public void WakeAll()
    {
        List<ManualTimer> woken;
        lock (gate)
        {
            woken = [.. timers];
            timers.Clear();
        }

        woken.ForEach(timer => timer.Fire());
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock.now + dueTime;
                    clock.timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
