namespace Pipeline.Generation.Logits;

/// <summary>Leaves only the given token at each of the first positions, even one that another rule has ruled out.</summary>
internal sealed class ForcedPrefix(IReadOnlyList<int> tokens) : ILogitsProcessor
{
    public void Apply(TokenHistory text, Span<float> logits)
    {
        if (text.Generated.Length < tokens.Count)
        {
            logits.Fill(float.NegativeInfinity);
            logits[tokens[text.Generated.Length]] = 0;
        }
    }
}
