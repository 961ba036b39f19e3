namespace Pipeline.Posts.Text;

/// <summary>Writes blocks of code: indentation stays, blank lines at the ends and more than one in a row do not.</summary>
internal sealed class CodeWriter(PlainTextWriter writer, LiquidRemover liquid)
{
    private const string Fence = "```";

    private bool isFirst;
    private bool afterBlank;
    private bool isOpen;

    /// <summary>What becomes of the code.</summary>
    public CodeText Choice { get; set; }

    /// <summary>Whether a block keeps fences around it.</summary>
    public bool KeepsMarks { get; set; }

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

        if (liquid.HasTokens && line.ContainsAny(TextCharacters.CodeToken, TextCharacters.LiteralToken))
        {
            foreach (var part in liquid.Expand(line).Split('\n'))
            {
                WriteLine(part);
            }
        }
        else
        {
            WriteLine(line);
        }
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
    public void End()
    {
        if (KeepsMarks && isOpen && !isFirst)
        {
            writer.CodeLine(Fence, isFirst: false, afterBlank: false);
        }

        writer.ParagraphBreak();
    }

    /// <summary>Writes a whole block.</summary>
    public void Block(ReadOnlySpan<char> text)
    {
        Begin();
        Text(text);
        End();
    }

    private void WriteLine(ReadOnlySpan<char> line)
    {
        line = line.TrimEnd();
        if (line.IsEmpty)
        {
            afterBlank = true;
            return;
        }

        if (isFirst && KeepsMarks)
        {
            writer.CodeLine(Fence, isFirst: true, afterBlank: false);
            writer.CodeLine(line, isFirst: false, afterBlank: false);
            isFirst = false;
            afterBlank = false;
            return;
        }

        writer.CodeLine(line, isFirst, afterBlank);
        isFirst = false;
        afterBlank = false;
    }
}
