namespace Pipeline.Generation;

/// <summary>Tells how well a text fits a model.</summary>
public static class TextScorer
{
    /// <summary>Perplexity of a text behind a prompt: e to the mean negative log-likelihood of its tokens, as far as they fit the model's context.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">What stands before the text; not empty, shorter than the context.</param>
    /// <param name="text">The text's tokens.</param>
    /// <param name="cancellationToken">Ends the work before the next token.</param>
    /// <returns>1 or more; null for a text without tokens or a prompt that leaves no room.</returns>
    public static async Task<double?> PerplexityAsync(LanguageModel model, IReadOnlyList<int> prompt, IReadOnlyList<int> text, CancellationToken cancellationToken)
    {
        var length = Math.Min(text.Count, model.Shape.Context - prompt.Count);
        if (prompt.Count == 0 || length <= 0)
        {
            return null;
        }

        var cache = model.Rent(1, prompt.Count + length);
        try
        {
            var sum = 0.0;
            cache.Prefill(0, [.. prompt]);
            for (var index = 0; index < length; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sum += LogProbability(cache, model.Tokenizer.VocabularySize, text[index]);
                if (index + 1 < length)
                {
                    cache.Step([text[index]]);
                }

                // Gives the thread away between tokens: a long text does not keep it from others.
                await Task.Yield();
            }

            return Math.Exp(-sum / length);
        }
        finally
        {
            model.Return(cache);
        }
    }

    private static double LogProbability(KeyValueCache cache, int vocabulary, int token)
    {
        var logits = cache.Logits(0)[..vocabulary];
        return logits[token] - LogProbabilities.LogSumExp(logits);
    }
}
