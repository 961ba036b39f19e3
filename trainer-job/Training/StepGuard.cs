namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Decides whether a step may change the weights. A loss or gradient norm that is no number, or a loss far outside what the run has
/// shown, is skipped; several in a row mean that the run has diverged.
/// </summary>
/// <param name="Mean">Exponential average of the accepted losses.</param>
/// <param name="Variance">Exponential average of their squared distance from the mean.</param>
/// <param name="Accepted">Steps accepted so far.</param>
/// <param name="SkippedInARow">Steps skipped since the last accepted one.</param>
public readonly record struct StepGuard(double Mean, double Variance, int Accepted, int SkippedInARow)
{
    /// <summary>Skipped steps in a row that end the run.</summary>
    public const int Limit = 3;

    private const double Decay = 0.95;
    private const int StepsBeforeJudging = 20;
    private const double Deviations = 8;

    // Batches of one corpus differ by less than this even when its posts are in two languages.
    private const double LeastDistance = 2;

    /// <summary>Why the step must be skipped, or null if it may be taken.</summary>
    /// <param name="loss">Mean loss a token, in nats.</param>
    /// <param name="gradientNorm">Global norm of the gradients before clipping.</param>
    /// <param name="ceiling">A loss that only a spoilt model has.</param>
    public string? Judge(double loss, double gradientNorm, double ceiling = double.PositiveInfinity)
    {
        if (!double.IsFinite(loss))
        {
            return "the loss is no number";
        }

        if (!double.IsFinite(gradientNorm))
        {
            return "the gradient is no number";
        }

        if (loss > ceiling)
        {
            return FormattableString.Invariant($"the loss {loss:F2} is far above that of guessing");
        }

        var limit = Mean + Math.Max(LeastDistance, Deviations * Math.Sqrt(Variance));
        return Accepted >= StepsBeforeJudging && loss > limit
            ? FormattableString.Invariant($"the loss {loss:F2} is far above the {Mean:F2} of the steps before")
            : null;
    }

    /// <summary>The guard after an accepted step.</summary>
    public StepGuard Accept(double loss)
    {
        if (Accepted == 0)
        {
            return new StepGuard(loss, 0, 1, 0);
        }

        var distance = loss - Mean;
        return new StepGuard(Mean + (1 - Decay) * distance, Decay * (Variance + (1 - Decay) * distance * distance), Accepted + 1, 0);
    }

    /// <summary>The guard after a skipped step.</summary>
    public StepGuard Skip() => this with { SkippedInARow = SkippedInARow + 1 };
}
