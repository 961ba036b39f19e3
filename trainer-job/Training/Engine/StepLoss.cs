namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>The loss of a batch.</summary>
/// <param name="SummedLoss">The sum of -ln p(label) over all labels that count, not scaled.</param>
/// <param name="Tokens">How many labels counted.</param>
public readonly record struct StepLoss(double SummedLoss, long Tokens)
{
    /// <summary>The loss a label; not a number when there was none.</summary>
    public double Mean => SummedLoss / Tokens;

    /// <summary>Two batches together.</summary>
    public static StepLoss operator +(StepLoss left, StepLoss right) => new(left.SummedLoss + right.SummedLoss, left.Tokens + right.Tokens);
}
