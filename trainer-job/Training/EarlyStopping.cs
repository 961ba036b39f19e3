namespace Pipeline.TrainerJob.Training;

/// <summary>The best evaluation so far and how long ago it was.</summary>
/// <param name="BestStep">The step of the best evaluation, 0 before the first.</param>
/// <param name="BestLoss">Its validation loss; not a number before the first.</param>
/// <param name="BestTrainLoss">The smoothed training loss at that step.</param>
/// <param name="EvaluationsSince">Evaluations since then.</param>
public readonly record struct EarlyStopping(int BestStep, double BestLoss, double BestTrainLoss, int EvaluationsSince)
{
    /// <summary>Before the first evaluation.</summary>
    public static EarlyStopping None { get; } = new(0, double.NaN, double.NaN, 0);

    /// <summary>Whether a loss would be the new best.</summary>
    public bool Improves(double loss) => !double.IsNaN(loss) && (double.IsNaN(BestLoss) || loss < BestLoss);

    /// <summary>The record after an evaluation.</summary>
    public EarlyStopping After(int step, double loss, double trainLoss) =>
        Improves(loss) ? new EarlyStopping(step, loss, trainLoss, 0) : this with { EvaluationsSince = EvaluationsSince + 1 };
}
