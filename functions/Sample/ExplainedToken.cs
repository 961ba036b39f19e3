using System.Text.Json.Serialization;
using Pipeline.Generation;
using Pipeline.Tokenization;

namespace Pipeline.Functions.Sample;

/// <summary>A token as the model saw it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it spells; bytes that are no whole character are shown as U+FFFD.</param>
/// <param name="Probability">The model's own, before any setting.</param>
internal sealed record ExplainedToken(int Id, string Text, double Probability)
{
    /// <summary>The likeliest tokens at its place, the chosen one among them if it is one of these.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ExplainedToken>? Alternatives { get; init; }

    /// <summary>The tokens of a text, or null if no explanation was asked for.</summary>
    public static IReadOnlyList<ExplainedToken>? Of(IReadOnlyList<GeneratedToken> steps, BpeTokenizer tokenizer) => steps.Count == 0
        ? null
        : [.. steps.Select(step => Token(tokenizer, step.Id, step.LogProbability) with
        {
            Alternatives = [.. step.Alternatives.Select(other => Token(tokenizer, other.Id, other.LogProbability))],
        })];

    private static ExplainedToken Token(BpeTokenizer tokenizer, int id, float logProbability) =>
        new(id, id == tokenizer.EndOfTextId ? "<|endoftext|>" : tokenizer.Decode([id]), Math.Exp(logProbability));
}
