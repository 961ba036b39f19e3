namespace Pipeline.Generation;

/// <summary>One finished sample.</summary>
/// <param name="Text">The text after the prompt.</param>
/// <param name="Tokens">Every token that was chosen, also those of a stop text; without the end of the text.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Seed">The seed that gives this text again.</param>
/// <param name="LogProbability">Sum of the model's log-probabilities of all choices, the end of the text included.</param>
public sealed record GeneratedText(string Text, IReadOnlyList<int> Tokens, FinishReason FinishReason, ulong Seed, double LogProbability)
{
    /// <summary>Every step with the likeliest tokens at its place, if they were asked for; else empty.</summary>
    public IReadOnlyList<GeneratedToken> Steps { get; init; } = [];
}
