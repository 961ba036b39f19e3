namespace Pipeline.Functions.Serving;

/// <summary>
/// Shares time among those who use one machine together: of a second in which three texts are made, each has a third. The shares add up to
/// the time in which any was made, and that is what the machine costs.
/// </summary>
internal sealed class SharedTime(TimeProvider clock)
{
    private readonly Lock gate = new();
    private long last;
    private int users;
    private double perUser;

    /// <summary>One more uses the machine.</summary>
    /// <returns>What <see cref="Leave"/> needs.</returns>
    public double Enter()
    {
        lock (gate)
        {
            Advance();
            users++;
            return perUser;
        }
    }

    /// <summary>One fewer does.</summary>
    /// <param name="entered">What <see cref="Enter"/> gave.</param>
    /// <returns>Its share in seconds.</returns>
    public double Leave(double entered)
    {
        lock (gate)
        {
            Advance();
            users--;
            return perUser - entered;
        }
    }

    // What somebody who had been here all the time would have had.
    private void Advance()
    {
        var now = clock.GetTimestamp();
        if (users > 0)
        {
            perUser += clock.GetElapsedTime(last, now).TotalSeconds / users;
        }

        last = now;
    }
}
