namespace Pipeline.Posts.Text;

/// <summary>Writes the text of a paragraph, heading or table row without its marks.</summary>
internal sealed class InlineWriter(PlainTextWriter writer, CodeWriter code, LiquidRemover liquid, HtmlWalker html)
{
    private readonly InlineTokenizer tokenizer = new(html);
    private readonly EmphasisResolver emphasis = new();

    /// <summary>The definitions of the post at hand.</summary>
    public MarkdownReferences References { get; set; } = new();

    /// <summary>Whether TeX stays.</summary>
    public bool KeepsMath { get; set; }

    /// <summary>Whether emphasis and code within a line keep their marks.</summary>
    public bool KeepsMarks { get; set; }

    /// <summary>Whether the alternative text of images stays.</summary>
    public bool KeepsImageText { get; set; }

    /// <summary>Whether text without any mark takes the long way too; for comparing both ways.</summary>
    public bool IsThorough { get; set; }

    /// <summary>Writes one block of text; line feeds are soft.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        // Most lines of prose hold no mark at all.
        if (!IsThorough && !text.ContainsAny(InlineTokenizer.Special))
        {
            writer.Flow(text);
            return;
        }

        Write(text, isRow: false);
    }

    /// <summary>Writes a row of a table, the cells apart by separators.</summary>
    public void WriteRow(ReadOnlySpan<char> row)
    {
        row = row.Trim();
        row = row.StartsWith('|') ? row[1..] : row;
        row = row.EndsWith('|') && !row.EndsWith("\\|") ? row[..^1] : row;
        Write(row, isRow: true);
    }

    /// <summary>Writes TeX as it stands, each line for itself.</summary>
    public void WriteMath(ReadOnlySpan<char> tex)
    {
        tex = liquid.HasTokens ? liquid.Expand(tex) : tex;
        if (!tex.Contains('\n'))
        {
            writer.Verbatim(tex);
            return;
        }

        foreach (var range in tex.Split('\n'))
        {
            writer.Verbatim(tex[range].Trim());
            writer.LineBreak();
        }
    }

    private void Write(ReadOnlySpan<char> text, bool isRow)
    {
        tokenizer.Tokenize(text, isRow, References, KeepsImageText);
        if (tokenizer.HasDelimiters)
        {
            emphasis.Resolve(tokenizer.Tokens);
        }

        var written = 0;
        foreach (ref readonly var token in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokenizer.Tokens))
        {
            if (token.Start > written)
            {
                writer.Flow(text[written..token.Start]);
            }

            Write(token, text[token.Start..token.End]);
            written = token.End;
        }

        writer.Flow(text[written..]);
    }

    private void Write(in InlineToken token, ReadOnlySpan<char> text)
    {
        switch (token.Kind)
        {
            case InlineTokenKind.Text:
                writer.Text(text);
                break;
            case InlineTokenKind.Delimiter:
                writer.Text(KeepsMarks ? text : text[..token.Left]);
                break;
            case InlineTokenKind.Newline:
                writer.SoftBreak();
                break;
            case InlineTokenKind.HardBreak:
                writer.LineBreak();
                break;
            case InlineTokenKind.Code:
                WriteCode(text);
                break;
            case InlineTokenKind.Math when KeepsMath:
                WriteMath(text);
                break;
            case InlineTokenKind.BackslashMath when KeepsMath:
                WriteMath(string.Concat(text[1..^3], text[^2..]));
                break;
            case InlineTokenKind.Reference:
                CharacterReference.Read(text, out var decoded);
                writer.Text(decoded);
                break;
            case InlineTokenKind.AutoLink:
                text = text[1..^1];
                writer.Text(text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? text[7..] : text);
                break;
            case InlineTokenKind.FootnoteMark:
                writer.RemovedMark();
                break;
            case InlineTokenKind.Tag:
                if (HtmlTag.TryParse(text, out var tag))
                {
                    html.WriteTag(tag);
                }

                break;
            case InlineTokenKind.Html:
                html.Write(text);
                break;
            case InlineTokenKind.ParagraphBreak:
                writer.ParagraphBreak();
                break;
            case InlineTokenKind.CellEnd:
                writer.Separator();
                break;
            case InlineTokenKind.CodeBlock:
                code.Block(liquid.Stashed(text));
                break;
            case InlineTokenKind.Literal:
                writer.Flow(liquid.Stashed(text));
                break;
            default:
                break;
        }
    }

    /// <summary>Code within a line: one blank at each end belongs to the marks, a line feed is a space.</summary>
    private void WriteCode(ReadOnlySpan<char> inside)
    {
        inside = inside.Trim();
        if (inside.Contains('\n') || (liquid.HasTokens && inside.ContainsAny(TextCharacters.CodeToken, TextCharacters.LiteralToken)))
        {
            inside = liquid.Expand(inside).Replace('\n', ' ');
        }

        if (!KeepsMarks)
        {
            writer.Verbatim(inside);
            return;
        }

        // The fence must be longer than any run of back-ticks inside it.
        var fence = inside.Contains("``", StringComparison.Ordinal) ? "```" : inside.Contains('`') ? "``" : "`";
        var blank = fence.Length > 1 ? " " : "";
        writer.Verbatim(string.Concat(fence + blank, inside, blank + fence));
    }
}
