namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Linear warm-up, then half a cosine (Loshchilov and Hutter, "SGDR", 2017) or a line down to a share of the peak: a pure function of
/// the step, so that a resumed run needs no more than its step.
/// </summary>
/// <param name="Peak">The learning rate at the end of the warm-up.</param>
/// <param name="FinalShare">The share of the peak at the last step, 0 to 1.</param>
/// <param name="WarmupSteps">Steps of the warm-up.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Linear">Whether it falls in a line.</param>
public sealed record LearningRateSchedule(double Peak, double FinalShare, int WarmupSteps, int Steps, bool Linear = false)
{
    // A run shorter than its warm-up must still come down, so the warm-up takes a tenth of it at most.
    internal int Warmup => Math.Min(WarmupSteps, Steps / 10);

    /// <summary>The learning rate of a step, counted from 1.</summary>
    public double At(int step)
    {
        var warmup = Warmup;
        if (step <= warmup)
        {
            return Peak * step / warmup;
        }

        var progress = Steps == warmup ? 1 : Math.Min(1, (double)(step - warmup) / (Steps - warmup));
        return Peak * (FinalShare + (1 - FinalShare) * (Linear ? 1 - progress : 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
