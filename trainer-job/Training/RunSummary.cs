namespace Pipeline.TrainerJob.Training;

/// <summary>The line that ends training: why it ended, and what it took.</summary>
internal static class RunSummary
{
    /// <summary>The line.</summary>
    public static string Of(TrainingOutcome outcome, RunLimits limits)
    {
        var state = outcome.State;
        var why = outcome is TrainingOutcome.Finished { Reason: var reason }
            ? reason switch
            {
                StopReason.NoGain => $"Stopped at step {state.Step}: the validation loss has not fallen since step {state.Best.BestStep}.",
                StopReason.Time => $"Stopped at step {state.Step}: the time is over.",
                StopReason.Cost => $"Stopped at step {state.Step}: the money is spent.",
                StopReason.Memorised => $"Stopped at step {state.Step}: a sample copies {state.Copied} tokens in a row from the training text.",
                _ => $"All {state.Step} steps are done.",
            }
            : $"Interrupted at step {state.Step}.";
        var cost = limits.Cost(state.Seconds) is { } price ? FormattableString.Invariant($", cost {price:0.00}") : "";
        return FormattableString.Invariant(
            $"{why} {state.Tokens:#,0} tokens in {state.Seconds:0.0} s: {state.Tokens / Math.Max(state.Seconds, 1e-9):#,0} tokens/s{cost}.");
    }
}
