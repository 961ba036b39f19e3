using Pipeline.Corpus;

namespace Pipeline.Generation;

/// <summary>
/// Tells which of the codes that a model knows makes a text most likely (source attribution, Keskar et al. 2019, section 5): the lower its
/// perplexity under a code, the more it sounds like what the model learnt under that code. It says nothing of where a text really is from.
/// </summary>
/// <param name="model">The model; it outlives this.</param>
public sealed class SourceAttribution(LanguageModel model)
{
    // Logits of so many tokens are in memory at once.
    private const int Stretch = 32;

    /// <summary>The perplexity of a text under each code and under none, the lowest first.</summary>
    /// <param name="text">The text's tokens; as many are looked at as fit behind the longest header.</param>
    /// <param name="codes">The codes.</param>
    /// <param name="mostTokens">Tokens of the text that are looked at, at most.</param>
    /// <param name="cancellationToken">Ends the work between stretches.</param>
    /// <returns>An entry a code and one without code; empty if the text has no tokens or the headers leave no room.</returns>
    public async Task<IReadOnlyList<AttributedSource>> AttributeAsync(
        IReadOnlyList<int> text, IReadOnlyList<KnownCode> codes, int mostTokens, CancellationToken cancellationToken)
    {
        // A model that must have a code says nothing about text without one.
        var prompts = (model.ControlWords is null ? codes.Prepend(null) : codes).Select(code => (Code: code, Tokens: Prompt(code))).ToList();
        var longest = prompts.Max(prompt => prompt.Tokens.Length);
        // Every code is judged by the same tokens.
        var length = Math.Min(Math.Min(text.Count, mostTokens), model.Shape.Context - longest);
        if (length <= 0)
        {
            return [];
        }

        int[] tokens = [.. text.Take(length)];
        var sources = new List<AttributedSource>();
        var cache = model.Rent(1, longest + length);
        try
        {
            foreach (var (code, prompt) in prompts)
            {
                var sum = await ScoreAsync(cache, prompt, tokens, cancellationToken);
                sources.Add(new AttributedSource(code?.Kind ?? AttributedSource.None, code?.Name ?? "", Math.Exp(-sum / length)));
            }
        }
        finally
        {
            model.Return(cache);
        }

        return [.. sources.OrderBy(source => source.Perplexity)];
    }

    private async Task<double> ScoreAsync(KeyValueCache cache, int[] prompt, int[] tokens, CancellationToken cancellationToken)
    {
        cache.Prefill(0, prompt);
        var sum = LogProbability(cache.Logits(0), tokens[0]);
        for (var at = 0; at < tokens.Length - 1; at += Stretch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sum += Extend(cache, tokens, at, Math.Min(Stretch, tokens.Length - 1 - at));
            // Gives the thread away between stretches: a long text does not keep it from others.
            await Task.Yield();
        }

        return sum;
    }

    private double Extend(KeyValueCache cache, int[] tokens, int at, int count)
    {
        var (logits, width, sum) = (cache.Extend(0, tokens.AsSpan(at, count)).ToArray(), model.Shape.Vocabulary, 0.0);
        for (var i = 0; i < count; i++)
        {
            sum += LogProbability(logits.AsSpan(i * width, width), tokens[at + i + 1]);
        }

        return sum;
    }

    private double LogProbability(ReadOnlySpan<float> logits, int token) => logits[token] - LogProbabilities.LogSumExp(logits[..model.Tokenizer.VocabularySize]);

    private int[] Prompt(KnownCode? code) => model.ControlWords is { } words && code is not null
        ? [words.IdOf(code.Name)]
        : [model.Tokenizer.EndOfTextId, .. model.Tokenizer.Encode(code?.Header ?? ""), .. model.Tokenizer.Encode("\n")];
}

/// <summary>How well a text fits a code.</summary>
/// <param name="Kind">One of the kinds of <see cref="KnownCode"/>, or <see cref="None"/>.</param>
/// <param name="Name">The code; empty for none.</param>
/// <param name="Perplexity">e to the mean negative log-likelihood of the text's tokens under it.</param>
public sealed record AttributedSource(string Kind, string Name, double Perplexity)
{
    /// <summary>The kind of the entry for no code at all, which the others are to be compared with.</summary>
    public const string None = "none";
}
