namespace Pipeline.TrainerJob.Runs;

/// <summary>An axis whose ticks are 1, 2 or 5 times a power of ten and whose ends are ticks.</summary>
/// <param name="From">The first tick.</param>
/// <param name="To">The last tick.</param>
/// <param name="Step">From one tick to the next.</param>
internal readonly record struct Axis(double From, double To, double Step)
{
    /// <summary>An axis over a range.</summary>
    /// <param name="least">The smallest value to show.</param>
    /// <param name="greatest">The greatest value to show.</param>
    /// <param name="ticks">About how many steps are wanted.</param>
    public static Axis Over(double least, double greatest, int ticks)
    {
        if (greatest - least < 1e-9)
        {
            (least, greatest) = (least - 0.5, greatest + 0.5);
        }

        var rough = (greatest - least) / ticks;
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = magnitude * (rough / magnitude) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
        return new Axis(Math.Floor(least / step) * step, Math.Ceiling(greatest / step) * step, step);
    }

    /// <summary>The ticks, both ends among them.</summary>
    public IEnumerable<double> Ticks
    {
        get
        {
            var count = (int)Math.Round((To - From) / Step);
            for (var i = 0; i <= count; i++)
            {
                yield return From + i * Step;
            }
        }
    }

    /// <summary>Where a value lies, 0 at the first tick and 1 at the last.</summary>
    public double Share(double value) => (value - From) / (To - From);

    /// <summary>Digits after the point that tell the ticks apart.</summary>
    public int Decimals => Math.Max(0, -(int)Math.Floor(Math.Log10(Step) + 1e-9));
}
