using System.Runtime.CompilerServices;

namespace Pipeline.Generation;

/// <summary>Generates texts with a model. Thread-safe; each request has buffers of its own.</summary>
/// <param name="model">The model; it outlives the generator.</param>
public sealed class TextGenerator(LanguageModel model)
{
    // Other beginnings after a seam before the text is taken to have nothing more to say.
    private const int MostRetries = 3;

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
        var prompt = request.Tokens(model.Tokenizer);
        var window = new ContextWindow(model.Shape.Context, model.HeaderTokens(request, prompt));
        var run = SeamGuard.RunFor(window.Room);
        var active = Enumerable.Range(0, request.Samples).Select(sample => new SampleInProgress(model.Tokenizer, request, prompt, sample, run)).ToList();
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
                    var sample = active[row];
                    var ends = !sample.Choose(cache.Logits(row)[..model.Tokenizer.VocabularySize]);
                    if (sample.Repeats)
                    {
                        ends = ChooseAnew(sample, cache, row, window, cancellationToken);
                        if (sample.Repeats)
                        {
                            yield return sample.EndAtSeam();
                        }
                    }

                    foreach (var step in sample.Release(ends))
                    {
                        yield return step;
                    }
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

    // In buffers of its own, since the other rows are a run ahead of the seam; then the row catches up with them.
    private bool ChooseAnew(SampleInProgress sample, KeyValueCache cache, int row, ContextWindow window, CancellationToken cancellationToken)
    {
        var seam = sample.Guard.Seam;
        var view = window.View(sample.Tokens[..seam]);
        var ends = false;
        var scratch = model.Rent(1, window.Size);
        try
        {
            while (sample.Repeats && sample.Guard.Retries < MostRetries)
            {
                sample.TakeBack();
                scratch.Prefill(0, view);
                ends = !sample.Choose(scratch.Logits(0)[..model.Tokenizer.VocabularySize]);
                while (!ends && !sample.Guard.Complete(sample.Tokens.Length))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    scratch.Step([sample.LastToken]);
                    ends = !sample.Choose(scratch.Logits(0)[..model.Tokenizer.VocabularySize]);
                }
            }
        }
        finally
        {
            model.Return(scratch);
        }

        if (!ends && !sample.Repeats)
        {
            cache.Prefill(row, [.. view, .. sample.Tokens[seam..^1]]);
        }

        return ends;
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
            active[row].Guard.Begin(active[row].Tokens.Length);
        }
    }
}
