using System.Globalization;
using System.Text;
using Pipeline.Functions.Hosting;
using Pipeline.Generation;

namespace Pipeline.Functions.Serving;

/// <summary>A text that was made within a time.</summary>
/// <param name="Text">The text, as far as it came.</param>
/// <param name="Tokens">The tokens' ids.</param>
/// <param name="LogProbability">Sum of the model's log-probabilities of the tokens, in nats.</param>
/// <param name="FinishReason">Why it ended: the generator's reason, or <see cref="OutOfTime"/>.</param>
/// <param name="Reason">In words, if the time was over.</param>
internal sealed record TimedText(string Text, IReadOnlyList<int> Tokens, double LogProbability, string FinishReason, string? Reason)
{
    /// <summary>Every step with the likeliest tokens at its place, if they were asked for; else empty.</summary>
    public IReadOnlyList<GeneratedToken> Steps { get; init; } = [];

    /// <summary>The finish reason of a text that the clock ended.</summary>
    public const string OutOfTime = "Time";

    /// <summary>Makes a text, and stops where it is when the time is over.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">Its version, for the metrics.</param>
    /// <param name="request">One sample.</param>
    /// <param name="deadline">A timestamp of the clock after which no further token is begun; <see cref="long.MaxValue"/> for none.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="onText">Given each piece of text as it becomes certain; null if nobody reads along.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TimedText> GenerateAsync(
        LanguageModel model, string version, GenerationRequest request, long deadline, TimeProvider clock, Func<string, Task>? onText, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var text = new StringBuilder();
        var tokens = new List<int>();
        var steps = new List<GeneratedToken>();
        var logProbability = 0.0;
        FinishReason? finish = null;
        await foreach (var token in new TextGenerator(model).StreamAsync(request, cancellationToken))
        {
            text.Append(token.Text);
            logProbability += token.LogProbability;
            if (token.Id >= 0 && token.Id != model.Tokenizer.EndOfTextId)
            {
                tokens.Add(token.Id);
            }

            if (token.Alternatives.Count > 0)
            {
                steps.Add(token);
            }

            if (onText is not null && token.Text.Length > 0)
            {
                await onText(token.Text);
            }

            finish = token.Finish;
            if (finish is null && clock.GetTimestamp() >= deadline)
            {
                break;
            }
        }

        Telemetry.CountTokens(version, tokens.Count);
        return new(text.ToString(), tokens, logProbability, finish?.ToString() ?? OutOfTime, finish is null ? Late(clock.GetElapsedTime(started)) : null) { Steps = steps };
    }

    /// <summary>The timestamp that lies a time ahead.</summary>
    public static long After(TimeProvider clock, TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency);

    private static string Late(TimeSpan took) => string.Create(
        CultureInfo.InvariantCulture, $"The time for an answer was over after {took.TotalSeconds:0.#} s; this is the text as far as it came. Ask for fewer tokens.");
}
