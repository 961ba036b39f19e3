namespace Pipeline.Generation;

/// <summary>
/// Lets a model choose one of a closed set of texts: at each step only tokens that lead to one of them can be chosen, and once a single
/// one is left it is the choice.
/// </summary>
/// <param name="model">The model; it outlives the chooser.</param>
public sealed class ConstrainedChoice(LanguageModel model)
{
    /// <summary>Chooses.</summary>
    /// <param name="prompt">The tokens that the choice follows, at least one.</param>
    /// <param name="choices">
    /// The texts, none empty. Where one begins with all of another, ending the shorter has the probability of everything that does not
    /// go on with the longer; texts that end with what follows them, such as a line feed, avoid the question.
    /// </param>
    /// <param name="sampling">Temperature and truncation; penalties and rules are left out.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <param name="cancellationToken">Ends the choice before the next token.</param>
    /// <returns>The index of the chosen text.</returns>
    /// <exception cref="ArgumentException">There are no choices, or one is empty.</exception>
    public async Task<int> ChooseAsync(
        IReadOnlyList<int> prompt, IReadOnlyList<string> choices, SamplingOptions sampling, ulong seed, CancellationToken cancellationToken)
    {
        if (choices.Count == 0 || choices.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("There must be at least one choice and none may be empty.", nameof(choices));
        }

        sampling.Validate(model.Tokenizer.VocabularySize);
        var node = new ChoiceTrie();
        var longest = 0;
        for (var i = 0; i < choices.Count; i++)
        {
            var tokens = model.Tokenizer.Encode(choices[i]);
            longest = Math.Max(longest, tokens.Count);
            node.Add(tokens, i);
        }

        var window = new ContextWindow(model.Shape.Context, 0);
        var sampler = new Sampler(sampling with { Alternatives = 0 }, [], seed);
        var text = prompt.ToList();
        var cache = model.Rent(1, Math.Min(prompt.Count + longest, window.Size));
        try
        {
            for (var first = true; node.Count > 1; first = false)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (first || cache.Length(0) == window.Size)
                {
                    cache.Prefill(0, window.View([.. text]));
                }
                else
                {
                    cache.Step([text[^1]]);
                }

                if (Next(node, cache.Logits(0), sampler) is not { } token)
                {
                    return node.Choice;
                }

                text.Add(token);
                node = node[token];
                await Task.Yield();
            }

            return node.First;
        }
        finally
        {
            model.Return(cache);
        }
    }

    // The token that goes on, or none to end here.
    private static int? Next(ChoiceTrie node, ReadOnlySpan<float> logits, Sampler sampler)
    {
        int[] tokens = [.. node.Tokens];
        var scores = new float[tokens.Length + (node.Choice >= 0 ? 1 : 0)];
        for (var i = 0; i < tokens.Length; i++)
        {
            scores[i] = logits[tokens[i]];
        }

        if (node.Choice >= 0)
        {
            var others = logits.ToArray();
            foreach (var token in tokens)
            {
                others[token] = float.NegativeInfinity;
            }

            scores[^1] = LogProbabilities.LogSumExp(others);
        }

        var chosen = sampler.Next(new([], 0), scores)!.Value.Id;
        return chosen < tokens.Length ? tokens[chosen] : null;
    }
}
