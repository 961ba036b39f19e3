namespace Pipeline.Generation.Logits;

/// <summary>Rules out the last token of each sequence wherever the ones before it have just come.</summary>
internal sealed class BannedSequences(IReadOnlyList<int[]> sequences) : ILogitsProcessor
{
    public void Apply(TokenHistory text, Span<float> logits)
    {
        foreach (var sequence in sequences)
        {
            if (text.All.EndsWith(sequence.AsSpan(..^1)))
            {
                logits[sequence[^1]] = float.NegativeInfinity;
            }
        }
    }
}
