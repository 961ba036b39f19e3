using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Learns one batch by heart before anything is paid for: a model, a graph or a learning rate with a mistake in it does not manage that.
/// The engine it is given is used up.
/// </summary>
internal static class SelfTest
{
    private const int MostSteps = 40;
    private const int FewestSteps = 8;
    private const double LeastFall = 0.1;
    private const double EnoughFall = 0.5;
    private static readonly TimeSpan _time = TimeSpan.FromSeconds(20);

    /// <summary>Runs it.</summary>
    /// <returns>The loss before and after, and the steps taken.</returns>
    /// <exception cref="SelfTestException">The loss did not fall.</exception>
    public static SelfTestResult Run(ITrainingEngine engine, ITrainingText blocks, TrainingPlan plan, TimeProvider clock, CancellationToken stop)
    {
        var batch = new TrainingBatch(plan.Rows, blocks.Length);
        for (var row = 0; row < plan.Rows; row++)
        {
            blocks.Fill(batch, row, blocks.BlockAt(row % blocks.Count));
        }

        var started = clock.GetTimestamp();
        var before = engine.Evaluate(batch).Mean;
        var (loss, step) = (before, 0);
        while (step < MostSteps && loss > before * (1 - EnoughFall) && (step < FewestSteps || clock.GetElapsedTime(started) < _time))
        {
            stop.ThrowIfCancellationRequested();
            var labels = batch.Labels.LongCount(label => label != TrainingBatch.Ignored);
            loss = engine.Accumulate(batch, 1.0 / labels).Mean;
            if (!double.IsFinite(loss) || !double.IsFinite(engine.GradientNorm()))
            {
                throw new SelfTestException($"after {step} steps on one batch its loss is no number");
            }

            // A rate that the run reaches only after its warm-up, so that what is wrong with it shows here.
            engine.Update(++step, plan.Schedule.Peak * Math.Min(1, step / 4.0));
        }

        loss = engine.Evaluate(batch).Mean;
        return loss <= before * (1 - LeastFall)
            ? new SelfTestResult(before, loss, step)
            : throw new SelfTestException(FormattableString.Invariant($"{step} steps on one batch took its loss from {before:0.000} to {loss:0.000} only"));
    }
}

/// <summary>How the self-test went.</summary>
internal readonly record struct SelfTestResult(double Before, double After, int Steps);

/// <summary>One batch could not be learned, so nothing else would be.</summary>
internal sealed class SelfTestException(string cause)
    : Exception($"The self-test failed: {cause}. Nothing was trained. Try another learning rate, or run 'doctor' to look at the machine.");
