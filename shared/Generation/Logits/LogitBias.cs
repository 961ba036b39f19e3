namespace Pipeline.Generation.Logits;

/// <summary>Adds a constant to the logits of some tokens.</summary>
internal sealed class LogitBias(IReadOnlyDictionary<int, float> biases) : ILogitsProcessor
{
    public void Apply(TokenHistory text, Span<float> logits)
    {
        foreach (var (token, bias) in biases)
        {
            logits[token] += bias;
        }
    }
}
