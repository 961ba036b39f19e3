using System.Globalization;

namespace Pipeline.Shared.Tests.Publishing;

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public FixedClock(string now)
        : this(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture))
    {
    }

    public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
}
