namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Exponential moving average of the loss with its bias corrected as in Adam (Kingma and Ba, 2015), so that the first values are
/// already the mean of what was seen and not drawn towards zero.
/// </summary>
/// <param name="Sum">The running sum before correction.</param>
/// <param name="Weight">The weight that the sum holds: 1 − decay^n.</param>
public readonly record struct SmoothedLoss(double Sum, double Weight)
{
    private const double Decay = 0.95;

    /// <summary>The average; not a number before the first loss.</summary>
    public double Value => Weight > 0 ? Sum / Weight : double.NaN;

    /// <summary>The average with one more loss.</summary>
    public SmoothedLoss With(double loss) => new(Decay * Sum + (1 - Decay) * loss, Decay * Weight + (1 - Decay));
}
