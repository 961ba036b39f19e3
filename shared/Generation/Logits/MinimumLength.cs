namespace Pipeline.Generation.Logits;

/// <summary>Rules out the end of the text while it is too short.</summary>
internal sealed class MinimumLength(int tokens, int endOfText) : ILogitsProcessor
{
    public void Apply(TokenHistory text, Span<float> logits)
    {
        if (text.Generated.Length < tokens)
        {
            logits[endOfText] = float.NegativeInfinity;
        }
    }
}
