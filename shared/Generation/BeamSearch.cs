using Pipeline.Generation.Logits;

namespace Pipeline.Generation;

/// <summary>
/// Looks for the most likely texts: at every token the best continuations of all texts in the making go on. The semantics are those of
/// Hugging Face's <c>generate</c> with <c>num_beams</c> and without sampling: rules work on log-probabilities, which are not normalised
/// again after them (https://huggingface.co/docs/transformers/generation_strategies).
/// </summary>
/// <param name="model">The model; it outlives the search.</param>
public sealed class BeamSearch(LanguageModel model)
{
    /// <summary>Searches. Temperature, truncation, seed and the number of samples have no part in it.</summary>
    /// <param name="request">What the texts go on from, their rules and their ends.</param>
    /// <param name="options">The search.</param>
    /// <param name="cancellationToken">Ends the search before the next token.</param>
    /// <returns>The best texts, best first; fewer than asked for if the rules leave fewer.</returns>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public Task<IReadOnlyList<BeamText>> SearchAsync(GenerationRequest request, BeamOptions options, CancellationToken cancellationToken) =>
        SearchAsync(request, options, static () => false, cancellationToken);

    /// <summary>The same, as far as it comes before its time is over: what is in the making then counts as it is.</summary>
    /// <param name="request">What the texts go on from, their rules and their ends.</param>
    /// <param name="options">The search.</param>
    /// <param name="timeIsOver">Asked before each token but the first.</param>
    /// <param name="cancellationToken">Ends the search before the next token.</param>
    /// <returns>The best texts, best first; fewer than asked for if the rules leave fewer.</returns>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public async Task<IReadOnlyList<BeamText>> SearchAsync(GenerationRequest request, BeamOptions options, Func<bool> timeIsOver, CancellationToken cancellationToken)
    {
        Validate(request, options);
        var prompt = request.Tokens(model.Tokenizer);
        var sampling = request.Sampling;
        var rules = (ILogitsProcessor[])[.. Sampler.Rules(sampling, model.Tokenizer.EndOfTextId, model.Tokenizer.Encode), .. request.Rules];
        var window = new ContextWindow(model.Shape.Context, model.HeaderTokens(request, prompt));
        var found = new BeamHypotheses(options);
        List<Beam> beams = [new(prompt, 0, 0, 0)];
        var (done, late, last) = (false, false, 0);
        var cache = model.Rent(options.Beams, (int)Math.Min((long)prompt.Length + sampling.MaxTokens, window.Size));
        try
        {
            cache.Prefill(0, window.View(prompt));
            for (var length = 1; !done && length <= sampling.MaxTokens; length++)
            {
                if (length > 1)
                {
                    if (late = timeIsOver())
                    {
                        break;
                    }

                    Advance(beams, cache, window);
                    await Task.Yield();
                }

                cancellationToken.ThrowIfCancellationRequested();
                var candidates = Candidates(beams, cache, rules, prompt.Length, options.Beams);
                var next = Choose(candidates, request, options.Beams, prompt.Length, found, length);
                done = next.Count == 0 || found.Done(candidates[0].Score, length, sampling.MaxTokens);
                beams = Place(next, cache);
                last = length;
            }
        }
        finally
        {
            model.Return(cache);
        }

        if (!done)
        {
            beams.ForEach(beam => found.Add(beam.Tokens[prompt.Length..], beam.Score, beam.LogProbability, late ? FinishReason.Time : FinishReason.Length, last));
        }

        return [.. found.Best().Select(text => Text(text, request))];
    }

    private void Validate(GenerationRequest request, BeamOptions options)
    {
        List<string> problems = [.. options.Problems()];
        try
        {
            request.Validate(model.Tokenizer.VocabularySize);
        }
        catch (InvalidSamplingException invalid)
        {
            problems.AddRange(invalid.Problems);
        }

        if (problems.Count > 0)
        {
            throw new InvalidSamplingException(problems);
        }
    }

    // The best continuations of all beams; twice as many as beams, since up to one a beam may be the end of its text.
    private List<Beam> Candidates(List<Beam> beams, KeyValueCache cache, ILogitsProcessor[] rules, int promptLength, int count)
    {
        List<Beam> candidates = [];
        var top = new CandidateSet();
        for (var row = 0; row < beams.Count; row++)
        {
            var beam = beams[row];
            var logits = cache.Logits(row)[..model.Tokenizer.VocabularySize].ToArray();
            var normalizer = LogProbabilities.LogSumExp(logits);
            if (!float.IsFinite(normalizer))
            {
                throw new ModelException("The model gives no finite scores: its weights are damaged, fetch or export the model again.");
            }

            var scores = Array.ConvertAll(logits, logit => logit - normalizer);
            foreach (var rule in rules)
            {
                rule.Apply(new(beam.Tokens, promptLength), scores);
            }

            top.TakeTop(scores, 2 * count);
            foreach (var id in top.Ids)
            {
                candidates.Add(new([.. beam.Tokens, id], beam.Score + scores[id], beam.LogProbability + logits[id] - normalizer, row));
            }
        }

        return [.. candidates.OrderByDescending(candidate => candidate.Score).Take(2 * count)];
    }

    // Ends count only among the first; what goes on fills the beams.
    private List<Beam> Choose(List<Beam> candidates, GenerationRequest request, int beams, int promptLength, BeamHypotheses found, int length)
    {
        List<Beam> next = [];
        for (var rank = 0; rank < candidates.Count && next.Count < beams; rank++)
        {
            var candidate = candidates[rank];
            if (End(candidate.Tokens[promptLength..], request) is not { } reason)
            {
                next.Add(candidate);
            }
            else if (rank < beams)
            {
                found.Add(candidate.Tokens[promptLength..], candidate.Score, candidate.LogProbability, reason, length);
            }
        }

        return next;
    }

    private FinishReason? End(int[] generated, GenerationRequest request) =>
        request.Sampling.StopAtEndOfText && generated[^1] == model.Tokenizer.EndOfTextId ? FinishReason.EndOfText
        : request.Sampling.Stop.Count > 0 && request.Sampling.Stop.Any(model.Tokenizer.Decode(generated).Contains) ? FinishReason.Stop
        : request.TargetWords > 0 && Reaches(model.Tokenizer.Decode(generated), request.TargetWords) ? FinishReason.Target
        : null;

    private static bool Reaches(string text, int words)
    {
        var target = new WordTarget(words);
        target.Append(text);
        return target.Reached;
    }

    // A parent's first child takes over its row, the others rows of parents without children: nothing is copied that is still needed.
    private static List<Beam> Place(List<Beam> children, KeyValueCache cache)
    {
        var placed = new Beam?[children.Count];
        var parentsTaken = new HashSet<int>();
        List<Beam> others = [];
        foreach (var child in children)
        {
            if (child.Row < placed.Length && parentsTaken.Add(child.Row))
            {
                placed[child.Row] = child;
            }
            else
            {
                others.Add(child);
            }
        }

        // Rows of parents beyond the number of children are only read, so the order of the copies does not matter.
        foreach (var child in others)
        {
            var free = Array.FindIndex(placed, beam => beam is null);
            cache.CopyRow(child.Row, free);
            placed[free] = child;
        }

        return [.. placed.Select((beam, row) => beam! with { Row = row })];
    }

    private static void Advance(List<Beam> beams, KeyValueCache cache, ContextWindow window)
    {
        if (cache.Length(0) < window.Size)
        {
            cache.Step([.. beams.Select(beam => beam.Tokens[^1])]);
            return;
        }

        for (var row = 0; row < beams.Count; row++)
        {
            cache.Prefill(row, window.View(beams[row].Tokens));
        }
    }

    private BeamText Text(BeamHypothesis found, GenerationRequest request)
    {
        var ended = found.Reason == FinishReason.EndOfText;
        int[] tokens = ended ? found.Tokens[..^1] : found.Tokens;
        var (stops, target) = (new StopMatcher(request.Sampling.Stop), new WordTarget(request.TargetWords));
        var text = target.Append(stops.Append(model.Tokenizer.Decode(tokens)) + stops.Flush());
        text += target.Flush(found.Reason is FinishReason.EndOfText or FinishReason.Stop);
        return new(new(text, tokens, found.Reason, request.Sampling.Seed, found.LogProbability), found.Score);
    }

    private sealed record Beam(int[] Tokens, double Score, double LogProbability, int Row);
}
