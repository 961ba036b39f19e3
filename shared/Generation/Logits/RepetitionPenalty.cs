namespace Pipeline.Generation.Logits;

/// <summary>Makes every token of prompt and text less likely, in one of three conventions.</summary>
/// <param name="theta">Above 1 penalises, below 1 rewards.</param>
/// <param name="convention">What θ does to a logit.</param>
internal sealed class RepetitionPenalty(float theta, PenaltyConvention convention) : ILogitsProcessor
{
    private readonly HashSet<int> _seen = [];

    public void Apply(TokenHistory text, Span<float> logits) =>
        Apply(text, logits, convention == PenaltyConvention.LogProbability ? LogProbabilities.LogSumExp(logits) : 0);

    /// <summary>The same, where what turns these logits into log-probabilities is known already.</summary>
    public void Apply(TokenHistory text, Span<float> logits, float normalizer)
    {
        _seen.Clear();
        foreach (var token in text.All)
        {
            if (token >= logits.Length || !_seen.Add(token) || float.IsNegativeInfinity(logits[token]))
            {
                continue;
            }

            var logit = logits[token];
            logits[token] = convention switch
            {
                // Adding the normalizer back leaves the scale of all other logits as it was.
                PenaltyConvention.LogProbability => ((logit - normalizer) * theta) + normalizer,
                PenaltyConvention.BySign when logit < 0 => logit * theta,
                _ => logit / theta,
            };
        }
    }
}
