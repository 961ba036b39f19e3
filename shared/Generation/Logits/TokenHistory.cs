namespace Pipeline.Generation.Logits;

/// <summary>The tokens that a rule looks at.</summary>
/// <param name="all">Prompt and generated tokens in order, also those that have left the context window.</param>
/// <param name="promptLength">How many of them are the prompt.</param>
public readonly ref struct TokenHistory(ReadOnlySpan<int> all, int promptLength)
{
    /// <summary>Prompt and generated tokens.</summary>
    public ReadOnlySpan<int> All { get; } = all;

    /// <summary>Generated tokens.</summary>
    public ReadOnlySpan<int> Generated { get; } = all[promptLength..];
}
