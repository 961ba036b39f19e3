namespace Pipeline.Generation;

/// <summary>
/// What a model answered to a fixed prompt when it was published: whoever loads it later sees by the same prompt whether it is still
/// that model, whole, and computed right.
/// </summary>
public sealed record GoldenLogits
{
    /// <summary>How far a logit may be from the golden one, as a share of the golden logits' range: what other kernels and processors round differently.</summary>
    public const double Tolerance = 0.03;

    // The likeliest tokens say what is written, those spread over the vocabulary that the rest is right, too.
    private const int Likeliest = 8;
    private const int Spread = 24;
    private const int MostPromptTokens = 16;
    private const string Text = "A kettle on the stove, and the first rain of the year.";

    /// <summary>The prompt's tokens.</summary>
    public IReadOnlyList<int> Prompt { get; init => field = value ?? []; } = [];

    /// <summary>The tokens whose logits are kept.</summary>
    public IReadOnlyList<int> Tokens { get; init => field = value ?? []; } = [];

    /// <summary>Their logits after the prompt, in the same order.</summary>
    public IReadOnlyList<double> Logits { get; init => field = value ?? []; } = [];

    /// <summary>Asks a model that is known to be right.</summary>
    public static GoldenLogits Of(LanguageModel model)
    {
        var prompt = PromptOf(model);
        var logits = Compute(model, prompt);
        var size = model.Tokenizer.VocabularySize;
        int[] tokens =
        [
            .. Enumerable.Range(0, size).OrderByDescending(token => logits[token]).Take(Likeliest)
                .Concat(Enumerable.Range(0, Math.Min(Spread, size)).Select(number => (int)((long)number * size / Math.Min(Spread, size))))
                .Distinct()
                .Where(token => float.IsFinite(logits[token])),
        ];
        return new() { Prompt = prompt, Tokens = tokens, Logits = [.. tokens.Select(token => Math.Round(logits[token], 4))] };
    }

    /// <summary>Asks a model and compares.</summary>
    /// <returns>What is wrong, in a sentence; null if nothing is.</returns>
    public string? Problem(LanguageModel model)
    {
        if (!PromptOf(model).SequenceEqual(Prompt))
        {
            return "Its tokenizer cuts the golden prompt into other tokens than when it was published.";
        }

        var logits = Compute(model, [.. Prompt]);
        var range = Math.Max(Logits.Max() - Logits.Min(), 1e-3);
        var worst = Enumerable.Range(0, Tokens.Count).MaxBy(index => Difference(logits, index));

        // Written so that a logit that is no number counts as wrong.
        return Difference(logits, worst) <= Tolerance * range
            ? null
            : FormattableString.Invariant($"It answers the golden prompt with {logits[Tokens[worst]]:0.###} for token {Tokens[worst]}, where it answered {Logits[worst]:0.###} when it was published.");
    }

    private double Difference(float[] logits, int index) => float.IsFinite(logits[Tokens[index]]) ? Math.Abs(logits[Tokens[index]] - Logits[index]) : double.PositiveInfinity;

    private static int[] PromptOf(LanguageModel model) =>
        [.. model.Tokenizer.Encode(Text).Prepend(model.Tokenizer.EndOfTextId).Take(Math.Min(MostPromptTokens, model.Shape.Context))];

    private static float[] Compute(LanguageModel model, int[] prompt)
    {
        var cache = model.Rent(1, prompt.Length);
        try
        {
            cache.Prefill(0, prompt);
            return cache.Logits(0).ToArray();
        }
        finally
        {
            model.Return(cache);
        }
    }
}
