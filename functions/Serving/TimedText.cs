using Pipeline.Functions.Hosting;
using Pipeline.Generation;

namespace Pipeline.Functions.Serving;

/// <summary>Makes texts within a time.</summary>
internal static class TimedText
{
    /// <summary>Makes a text, and stops where it is when the time is over.</summary>
    /// <param name="loan">The model.</param>
    /// <param name="request">One sample.</param>
    /// <param name="deadline">A timestamp of the clock after which no further token is begun; <see cref="long.MaxValue"/> for none.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="onText">Given each piece of text as it becomes certain; null if nobody reads along.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The text; <see cref="FinishReason.Time"/> if the time was over.</returns>
    public static async Task<GeneratedText> GenerateAsync(
        ServingModels.Loan loan, GenerationRequest request, long deadline, TimeProvider clock, Func<string, Task>? onText, CancellationToken cancellationToken)
    {
        var text = new TextCollector(loan.Model.Tokenizer.EndOfTextId, request.Sampling.StopAtEndOfText);
        var started = clock.GetTimestamp();
        TimeSpan? first = null;
        await foreach (var token in loan.StreamAsync(request, cancellationToken))
        {
            first ??= clock.GetElapsedTime(started);
            text.Add(token);
            if (onText is not null && token.Text.Length > 0)
            {
                await onText(token.Text);
            }

            if (text.FinishReason is null && clock.GetTimestamp() >= deadline)
            {
                break;
            }
        }

        var made = text.Finish(request.Sampling.Seed);
        Telemetry.CountSpeed(loan.Manifest.Version, made.Tokens.Count, first, clock.GetElapsedTime(started));
        return Counted(loan, made);
    }

    /// <summary>Looks for the likeliest text, and takes the best so far when the time is over.</summary>
    /// <param name="loan">The model.</param>
    /// <param name="request">What the text goes on from.</param>
    /// <param name="beams">The search.</param>
    /// <param name="deadline">A timestamp of the clock after which no further token is begun; <see cref="long.MaxValue"/> for none.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The text; null if the rules of the request leave none.</returns>
    public static async Task<GeneratedText?> SearchAsync(
        ServingModels.Loan loan, GenerationRequest request, BeamOptions beams, long deadline, TimeProvider clock, CancellationToken cancellationToken)
    {
        var found = await new BeamSearch(loan.Model).SearchAsync(request, beams, () => clock.GetTimestamp() >= deadline, cancellationToken);
        return found.Count == 0 ? null : Counted(loan, found[0].Text);
    }

    /// <summary>The timestamp that lies a time ahead.</summary>
    public static long After(TimeProvider clock, TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency);

    /// <summary>In words, that a text is only a part; null if it is whole.</summary>
    public static string? ReasonOf(GeneratedText text) => text.FinishReason == FinishReason.Time
        ? "The time for an answer was over; this is the text as far as it came. Ask for fewer tokens."
        : null;

    private static GeneratedText Counted(ServingModels.Loan loan, GeneratedText text)
    {
        Telemetry.CountTokens(loan.Manifest.Version, text.Tokens.Count);
        return text;
    }
}
