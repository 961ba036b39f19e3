namespace Pipeline.Functions.Page.Html;

/// <summary>Places values between the two ends of an axis, in a linear or logarithmic measure, and finds round values to name.</summary>
/// <param name="Low">The least value.</param>
/// <param name="High">The greatest value, above the least.</param>
/// <param name="Log">Whether the measure is logarithmic; then both are above 0.</param>
internal sealed record ChartScale(double Low, double High, bool Log)
{
    private static readonly int[] LogDigits = [1, 2, 3, 5, 7];

    /// <summary>A scale that holds all values, with a little room at both ends.</summary>
    public static ChartScale Of(IEnumerable<double> values, bool log)
    {
        var fitting = values.Where(value => double.IsFinite(value) && (!log || value > 0)).ToList();
        if (fitting.Count == 0)
        {
            return new(log ? 0.1 : 0, 1, log);
        }

        var (low, high) = (fitting.Min(), fitting.Max());
        if (low == high)
        {
            return new(log ? low / 2 : low - 0.5, log ? high * 2 : high + 0.5, log);
        }

        const double Room = 0.04;
        var room = log ? Math.Pow(high / low, Room) : (high - low) * Room;
        return log ? new(low / room, high * room, log) : new(low - room, high + room, log);
    }

    /// <summary>Where a value lies, 0 to 1 between the ends.</summary>
    public double At(double value) => Log ? Math.Log(Math.Max(value, double.Epsilon) / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);

    /// <summary>Round values between the ends.</summary>
    /// <param name="about">About how many.</param>
    public IReadOnlyList<double> Ticks(int about)
    {
        if (Log && LogTicks() is { Count: > 2 } found)
        {
            return found;
        }

        // The classic choice of steps: 1, 2 or 5 times a power of ten.
        var rough = (High - Low) / Math.Max(1, about);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        return [.. Enumerable.Range(0, about * 3).Select(number => (Math.Ceiling(Low / step) + number) * step).TakeWhile(value => value <= High + (step * 1e-9))];
    }

    private List<double> LogTicks()
    {
        var ticks = new List<double>();
        for (var power = Math.Pow(10, Math.Floor(Math.Log10(Low))); power <= High; power *= 10)
        {
            ticks.AddRange(LogDigits.Select(digit => digit * power).Where(value => value >= Low && value <= High));
        }

        return ticks;
    }
}
