namespace Pipeline.Generation;

/// <summary>Finds where a text that was cut at a token limit can end: after a whole sentence or a whole block of Markdown.</summary>
public static class TextBoundary
{
    private const string SentenceEnds = ".!?…。！？";
    private const string Closers = ")]\"'”’»*_`」』）";

    /// <summary>
    /// The text up to its last whole sentence. Without one in the last block, up to the block before; a heading with nothing under it and
    /// a code fence that is still open go too. A text with neither sentence nor block ends at its last whole word.
    /// </summary>
    public static string CutBack(string text)
    {
        var end = OpenFence(text) is { } fence ? fence : text.Length;
        if (end < text.Length && text.AsSpan(0, end).TrimEnd().Length > 0)
        {
            return DropHeadings(text[..end].TrimEnd());
        }

        var whole = text.TrimEnd();
        var start = whole.LastIndexOf("\n\n", StringComparison.Ordinal);
        var last = start < 0 ? 0 : start + 2;
        if (SentenceEnd(whole.AsSpan(last)) is > 0 and var length)
        {
            return whole[..(last + length)];
        }

        // The blocks before the last one are whole, with or without a full stop.
        var before = start < 0 ? "" : DropHeadings(whole[..start].TrimEnd());
        return before.Length > 0 ? before : LastWord(whole);
    }

    /// <summary>Whether a text can end here: after a whole sentence, or after a block if an empty line follows. Not in a code fence or after a heading.</summary>
    /// <param name="text">The text so far.</param>
    /// <param name="blockEnds">Whether an empty line follows.</param>
    internal static bool IsEnd(string text, bool blockEnds)
    {
        var whole = text.TrimEnd();
        if (whole.Length == 0 || OpenFence(text) is not null)
        {
            return false;
        }

        var line = whole.AsSpan(whole.LastIndexOf('\n') + 1);
        var block = whole.AsSpan(whole.LastIndexOf("\n\n", StringComparison.Ordinal) is >= 0 and var start ? start + 2 : 0);
        return line[0] != '#' && (blockEnds || SentenceEnd(block) == block.Length);
    }

    // Start of a ``` or ~~~ line that has no partner.
    private static int? OpenFence(string text)
    {
        int? open = null;
        var at = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var content = line.TrimStart();
            if (content.StartsWith("```", StringComparison.Ordinal) || content.StartsWith("~~~", StringComparison.Ordinal))
            {
                open = open is null ? at : null;
            }

            at += line.Length + 1;
        }

        return open;
    }

    private static int SentenceEnd(ReadOnlySpan<char> block)
    {
        for (var end = block.Length; end > 0; end--)
        {
            var last = end - 1;
            if (end < block.Length && !char.IsWhiteSpace(block[end]) && !IsFullWidth(block[last]))
            {
                continue;
            }

            while (last > 0 && Closers.Contains(block[last]))
            {
                last--;
            }

            if (SentenceEnds.Contains(block[last]) && !IsListNumber(block, last))
            {
                return end;
            }
        }

        return 0;
    }

    // After these no blank follows.
    private static bool IsFullWidth(char c) => c is '。' or '！' or '？';

    private static bool IsListNumber(ReadOnlySpan<char> block, int stop)
    {
        var at = stop;
        while (at > 0 && char.IsAsciiDigit(block[at - 1]))
        {
            at--;
        }

        return at < stop && block[..at].TrimEnd(' ') is var before && (before.IsEmpty || before[^1] == '\n');
    }

    private static string DropHeadings(string text)
    {
        while (true)
        {
            var start = text.LastIndexOf('\n') + 1;
            if (start == 0 || text[start] != '#')
            {
                return text;
            }

            text = text[..start].TrimEnd();
        }
    }

    private static string LastWord(ReadOnlySpan<char> block)
    {
        var space = block.LastIndexOfAny(' ', '\n');
        return (space > 0 ? block[..space].TrimEnd() : block).ToString();
    }
}
