namespace Pipeline.Generation;

/// <summary>
/// What the model sees of a text that may be longer than its context: while it fits, everything; when it no longer does, the header and
/// the last half window of the text, so that there is room for another stretch.
/// </summary>
/// <param name="context">Tokens of the window.</param>
/// <param name="headerTokens">Tokens in front that always stay; at most a quarter of the window does.</param>
internal readonly struct ContextWindow(int context, int headerTokens)
{
    private readonly int _header = Math.Min(headerTokens, context / 4);
    private readonly int _tail = Math.Max(context / 2, 1);

    /// <summary>Tokens of the window.</summary>
    public int Size => context;

    /// <summary>Tokens that fit in before the window ends again.</summary>
    public int Room => Math.Max(1, context - _header - _tail);

    /// <summary>What to compute anew for this text.</summary>
    public int[] View(ReadOnlySpan<int> text)
    {
        if (text.Length <= context)
        {
            return text.ToArray();
        }

        return [.. text[.._header], .. text[^_tail..]];
    }
}
