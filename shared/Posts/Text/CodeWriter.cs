namespace Pipeline.Posts.Text;

/// <summary>Writes blocks of code: indentation stays, blank lines at the ends and more than one in a row do not.</summary>
internal sealed class CodeWriter(PlainTextWriter writer, LiquidRemover liquid)
{
    private bool isFirst;
    private bool afterBlank;
    private bool isOpen;

    /// <summary>What becomes of the code.</summary>
    public CodeText Choice { get; set; }

    /// <summary>Begins a block.</summary>
    public void Begin()
    {
        writer.ParagraphBreak();
        isOpen = Choice == CodeText.Keep;
        isFirst = true;
        afterBlank = false;
        if (Choice == CodeText.Placeholder)
        {
            writer.Text(PostText.CodePlaceholder);
        }
    }

    /// <summary>Adds a line, without its line feed.</summary>
    public void Line(ReadOnlySpan<char> line)
    {
        if (!isOpen)
        {
            return;
        }

        if (liquid.HasTokens && line.IndexOfAny(TextCharacters.CodeToken, TextCharacters.LiteralToken) is var token and >= 0)
        {
            Text(string.Concat(line[..token], liquid.Stashed(line[token..]), line[Math.Min(token + LiquidRemover.TokenLength, line.Length)..]));
            return;
        }

        line = line.TrimEnd();
        if (line.IsEmpty)
        {
            afterBlank = true;
            return;
        }

        writer.CodeLine(line, isFirst, afterBlank);
        isFirst = false;
        afterBlank = false;
    }

    /// <summary>Adds several lines.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        foreach (var range in text.Split('\n'))
        {
            Line(text[range]);
        }
    }

    /// <summary>Ends the block.</summary>
    public void End() => writer.ParagraphBreak();

    /// <summary>Writes a whole block.</summary>
    public void Block(ReadOnlySpan<char> text)
    {
        Begin();
        Text(text);
        End();
    }
}
