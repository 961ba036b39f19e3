using System.Runtime.CompilerServices;

namespace Pipeline.Generation;

/// <summary>Generates texts with a model. Thread-safe; each request has buffers of its own.</summary>
/// <param name="model">The model; it outlives the generator.</param>
public sealed class TextGenerator(LanguageModel model)
{
    /// <summary>Generates token by token; with several samples their steps alternate.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellationToken">Ends the generation before the next token.</param>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public IAsyncEnumerable<GeneratedToken> StreamAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        request.Validate(model.Tokenizer.VocabularySize);
        return RunAsync(request, cancellationToken);
    }

    /// <summary>Generates all samples of a request.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellationToken">Ends the generation before the next token.</param>
    /// <returns>One text a sample, in order.</returns>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public async Task<IReadOnlyList<GeneratedText>> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        request.Validate(model.Tokenizer.VocabularySize);
        var texts = Enumerable.Range(0, request.Samples).Select(_ => new TextCollector(model.Tokenizer.EndOfTextId, request.Sampling.StopAtEndOfText)).ToList();
        await foreach (var token in StreamAsync(request, cancellationToken).WithCancellation(cancellationToken))
        {
            texts[token.Sample].Add(token);
        }

        return [.. texts.Select((text, sample) => text.Finish(request.Sampling.Seed + (ulong)sample))];
    }

    private async IAsyncEnumerable<GeneratedToken> RunAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var prompt = PromptTokens(request);
        var window = new ContextWindow(model.Shape.Context, Math.Min(request.HeaderTokens, prompt.Length));
        var active = Enumerable.Range(0, request.Samples).Select(sample => new SampleInProgress(model.Tokenizer, request, prompt, sample)).ToList();
        var cache = model.Rent(active.Count, (int)Math.Min((long)prompt.Length + request.Sampling.MaxTokens, window.Size));
        try
        {
            cache.Prefill(0, window.View(prompt));
            for (var row = 1; row < active.Count; row++)
            {
                cache.CopyRow(0, row);
            }

            while (active.Count > 0)
            {
                for (var row = 0; row < active.Count; row++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return active[row].Choose(cache.Logits(row)[..model.Tokenizer.VocabularySize]);
                }

                RemoveFinished(active, cache);
                if (active.Count > 0)
                {
                    Advance(active, cache, window);
                    // Gives the thread away between tokens: a long text does not keep it from others.
                    await Task.Yield();
                }
            }
        }
        finally
        {
            model.Return(cache);
        }
    }

    private int[] PromptTokens(GenerationRequest request)
    {
        IReadOnlyList<int> tokens = request.PromptTokens ?? model.Tokenizer.Encode(request.Prompt);
        return tokens.Count > 0 ? [.. tokens] : [model.Tokenizer.EndOfTextId];
    }

    // The last row takes the place of a finished one, so that the rows in use stay the first ones of the buffers.
    private static void RemoveFinished(List<SampleInProgress> active, KeyValueCache cache)
    {
        for (var row = active.Count - 1; row >= 0; row--)
        {
            if (active[row].Finished)
            {
                cache.CopyRow(active.Count - 1, row);
                active[row] = active[^1];
                active.RemoveAt(active.Count - 1);
            }
        }
    }

    private static void Advance(List<SampleInProgress> active, KeyValueCache cache, ContextWindow window)
    {
        // All rows have the prompt and the number of steps in common, so the window ends for all at once.
        if (cache.Length(0) < window.Size)
        {
            cache.Step(active.Select(sample => sample.LastToken).ToArray());
            return;
        }

        for (var row = 0; row < active.Count; row++)
        {
            cache.Prefill(row, window.View(active[row].Tokens));
        }
    }
}
