namespace Pipeline.Posts;

/// <summary>Where a post's head lies in its text.</summary>
/// <param name="Form">How it is written.</param>
/// <param name="Start">The first character between the fences.</param>
/// <param name="Length">Characters between the fences.</param>
/// <param name="BodyStart">The first character of the body.</param>
/// <param name="LinesBefore">Lines of the file above <paramref name="Start"/>.</param>
internal readonly record struct FrontMatterBlock(FrontMatterForm Form, int Start, int Length, int BodyStart, int LinesBefore)
{
    private static readonly string[] KnownKeys =
        ["author", "categories", "category", "comments", "date", "description", "excerpt", "image", "lang", "layout", "permalink", "published", "slug", "summary", "tag", "tags", "title"];

    public static FrontMatterBlock Locate(string text)
    {
        // Most often the first character decides.
        if (text.Length < 3 || (text[0] is not ('-' or '+') && !char.IsWhiteSpace(text[0])))
        {
            return default;
        }

        var (start, blankLines) = SkipBlankLines(text);
        var fence = Line(text, start, out var next);
        if (IsFence(fence, "+++"))
        {
            return Close(text, next, "+++", "+++") is { Length: >= 0 } end
                ? new(FrontMatterForm.Toml, next, end.Length, SkipBlankLines(text, end.After), blankLines + 1)
                : default;
        }

        if (!IsFence(fence, "---") || next > text.Length)
        {
            return default;
        }

        var closed = Close(text, next, "---", "...");
        if (closed is { Length: >= 0 })
        {
            return new(start == 0 ? FrontMatterForm.Yaml : FrontMatterForm.YamlAfterBlankLines, next, closed.Length, SkipBlankLines(text, closed.After), blankLines + 1);
        }

        var keysEnd = EndOfKeys(text, next);
        return keysEnd == next ? default : new(FrontMatterForm.YamlWithoutEnd, next, keysEnd - next, SkipBlankLines(text, keysEnd), blankLines + 1);
    }

    /// <summary>Whether the block begins with something like <c>key:</c>.</summary>
    public bool StartsWithKey(string text)
    {
        var (start, _) = SkipBlankLines(text, Start, Start + Length);
        return KeyLength(Line(text, start, out _)) > 0;
    }

    /// <summary>The block cut after its last key, if a blank line and then prose without any key of a post follows there.</summary>
    public FrontMatterBlock? EndingAtKeys(string text)
    {
        var end = EndOfKeys(text, Start);
        if (end == Start || end >= Start + Length || !Line(text, end, out var line).IsWhiteSpace())
        {
            return null;
        }

        while (line < Start + Length)
        {
            var content = Line(text, line, out line);
            if (IsKnown(content[..KeyLength(content)]))
            {
                return null;
            }
        }

        return new(FrontMatterForm.YamlWithoutEnd, Start, end - Start, SkipBlankLines(text, end), LinesBefore);
    }

    private static bool IsKnown(ReadOnlySpan<char> name) => !name.IsEmpty && Array.IndexOf(KnownKeys, name.ToString()) >= 0;

    private static (int Length, int After) Close(string text, int start, string fence, string otherFence)
    {
        for (var line = start; line < text.Length;)
        {
            var content = Line(text, line, out var next);
            if (IsFence(content, fence) || IsFence(content, otherFence))
            {
                return (line - start, next);
            }

            line = next;
        }

        return (-1, 0);
    }

    // Where the lines end that belong to keys: indented lines, list items and comments go with the key above them.
    private static int EndOfKeys(string text, int start)
    {
        var end = start;
        for (var line = start; line < text.Length;)
        {
            var content = Line(text, line, out var next);
            var blank = content.IsWhiteSpace();
            var (following, _) = blank ? SkipBlankLines(text, line, text.Length) : (line, 0);
            if (blank)
            {
                // Below a blank line only a key that posts have is still the head: prose has lines like "Note: this" too.
                var name = following < text.Length ? Line(text, following, out _) : default;
                if (!IsKnown(name[..KeyLength(name)]))
                {
                    return end;
                }

                line = following;
                continue;
            }

            var goesOn = end > start && (content[0] is ' ' or '\t' or '#' || content.StartsWith("- "));
            if (!goesOn && KeyLength(content) == 0)
            {
                return end;
            }

            end = line = next;
        }

        return end;
    }

    private static int KeyLength(ReadOnlySpan<char> line)
    {
        var length = 0;
        while (length < line.Length && (char.IsAsciiLetterOrDigit(line[length]) || line[length] is '_' or '-'))
        {
            length++;
        }

        var keyed = length > 0 && length < line.Length && line[length] == ':' && (length + 1 == line.Length || char.IsWhiteSpace(line[length + 1]));
        return keyed ? length : 0;
    }

    private static bool IsFence(ReadOnlySpan<char> line, string fence) => line.StartsWith(fence) && line[fence.Length..].IsWhiteSpace();

    // The line without its line feed; next is the start of the line after it.
    private static ReadOnlySpan<char> Line(string text, int start, out int next)
    {
        var rest = text.AsSpan(start);
        var length = rest.IndexOf('\n');
        next = length < 0 ? text.Length : start + length + 1;
        return length < 0 ? rest : rest[..length];
    }

    private static int SkipBlankLines(string text, int start) => SkipBlankLines(text, start, text.Length).Start;

    private static (int Start, int Lines) SkipBlankLines(string text) => SkipBlankLines(text, 0, text.Length);

    // The start of the first line that is not blank, or the end; an indentation stays.
    private static (int Start, int Lines) SkipBlankLines(string text, int start, int end)
    {
        var lines = 0;
        for (var index = start; index < end; index++)
        {
            if (text[index] == '\n')
            {
                start = index + 1;
                lines++;
            }
            else if (!char.IsWhiteSpace(text[index]))
            {
                return (start, lines);
            }
        }

        return (end, lines);
    }
}
