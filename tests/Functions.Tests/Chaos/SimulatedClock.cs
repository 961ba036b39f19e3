namespace Pipeline.Functions.Tests.Chaos;

/// <summary>The time of the simulation. What waits on it is woken at once or never, as the simulation wants it.</summary>
internal sealed class SimulatedClock(DateTimeOffset start) : TimeProvider
{
    /// <summary>The time.</summary>
    public DateTimeOffset Now { get; set; } = start;

    /// <summary>The same time for what repeats calls after pauses: they are over at once.</summary>
    public TimeProvider Hurried => new View(this);

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => Now;

    /// <inheritdoc />
    public override long GetTimestamp() => Now.UtcTicks;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private sealed class View(SimulatedClock clock) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
