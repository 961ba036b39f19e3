namespace Pipeline.Functions.Tests.Training;

/// <summary>A clock that stands still until the test moves it.</summary>
internal sealed class SteppedClock : TimeProvider
{
    /// <summary>The time.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 9, 21, 6, 0, 0, TimeSpan.Zero);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => Now;
}
