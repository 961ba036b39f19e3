namespace Pipeline.Generation.Logits;

/// <summary>Presence and frequency penalty on generated tokens, as in the completion API of OpenAI: logit - count·frequency - (count &gt; 0)·presence.</summary>
internal sealed class OccurrencePenalty(float presence, float frequency) : ILogitsProcessor
{
    private readonly HashSet<int> _seen = [];

    public void Apply(TokenHistory text, Span<float> logits)
    {
        _seen.Clear();
        foreach (var token in text.Generated)
        {
            logits[token] -= frequency + (_seen.Add(token) ? presence : 0);
        }
    }
}
