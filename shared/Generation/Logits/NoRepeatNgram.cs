namespace Pipeline.Generation.Logits;

/// <summary>Rules out every token that would complete a sequence of n tokens which prompt and text already hold.</summary>
internal sealed class NoRepeatNgram(int length) : ILogitsProcessor
{
    public void Apply(TokenHistory text, Span<float> logits)
    {
        var tokens = text.All;
        if (tokens.Length < length)
        {
            return;
        }

        var start = tokens[(tokens.Length - length + 1)..];
        for (var at = 0; at + length <= tokens.Length; at++)
        {
            if (tokens.Slice(at, length - 1).SequenceEqual(start))
            {
                logits[tokens[at + length - 1]] = float.NegativeInfinity;
            }
        }
    }
}
