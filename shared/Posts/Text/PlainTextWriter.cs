using System.Buffers;

namespace Pipeline.Posts.Text;

/// <summary>
/// Builds plain text: collapses blanks, remembers the strongest break asked for and writes it only when more text follows, so that
/// no text ends in blanks and no two separators meet.
/// </summary>
internal sealed class PlainTextWriter
{
    private const int MostIndentation = 40;

    private static readonly SearchValues<char> Blanks = SearchValues.Create("\n\t");

    private enum Break
    {
        None,
        Space,

        /// <summary>A line end in the source: a space, or nothing between two CJK characters.</summary>
        Soft,
        Line,
        Paragraph,
    }

    private char[] buffer = [];
    private int length;
    private Break pending;
    private bool pendingSeparator;
    private bool lineHasText;
    private bool gluesPunctuation;
    private int indentation;
    private string marker = "";
    private int markerIndentation;
    private bool isAtItemStart;

    /// <summary>Whether the source holds no-break or other odd blanks, which cost a closer look.</summary>
    public bool HasOddSpaces { get; set; }

    /// <summary>True if nothing stands on the current line yet.</summary>
    private bool IsAtLineStart => pending >= Break.Line || length == 0;

    /// <summary>Starts a text of about as many characters.</summary>
    public void Start(int expected)
    {
        length = 0;
        pending = Break.None;
        pendingSeparator = false;
        lineHasText = false;
        gluesPunctuation = false;
        indentation = 0;
        marker = "";
        isAtItemStart = false;
        HasOddSpaces = false;
        buffer = ArrayPool<char>.Shared.Rent(expected + 64);
    }

    /// <summary>Ends the text and gives it.</summary>
    public string Finish()
    {
        var text = new string(buffer, 0, length);
        ArrayPool<char>.Shared.Return(buffer);
        buffer = [];
        return text;
    }

    /// <summary>Appends running text; blanks collapse, line feeds are soft.</summary>
    public void Flow(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var blank = text.IndexOfAny(Blanks);
            if (blank < 0)
            {
                Text(text);
                return;
            }

            Text(text[..blank]);
            Ask(text[blank] == '\n' ? Break.Soft : Break.Space);
            text = text[(blank + 1)..];
        }
    }

    /// <summary>Appends text of one line without tabs; runs of spaces collapse.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        if (HasOddSpaces && text.ContainsAny(TextCharacters.OddSpaces))
        {
            TextWithOddSpaces(text);
            return;
        }

        while (!text.IsEmpty)
        {
            if (text[0] == ' ')
            {
                Ask(Break.Space);
                text = text.TrimStart(' ');
                continue;
            }

            var run = text.IndexOf("  ");
            var part = run < 0 ? text : text[..run];
            var trailing = part[^1] == ' ';
            Flush(part[0]);
            Append(trailing ? part[..^1] : part);
            if (trailing || run >= 0)
            {
                Ask(Break.Space);
            }

            text = run < 0 ? [] : text[run..];
        }
    }

    /// <summary>Appends one character that is no blank.</summary>
    public void Character(char character)
    {
        Flush(character);
        Append(character);
    }

    /// <summary>Appends text whose blanks stay as they are, within a line of running text.</summary>
    public void Verbatim(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        Flush(text[0]);
        var start = length;
        Append(text);
        SpacesFrom(start);
    }

    /// <summary>Appends a space unless a break stands there anyway.</summary>
    public void Space() => Ask(Break.Space);

    /// <summary>Notes a line end of the source.</summary>
    public void SoftBreak() => Ask(Break.Soft);

    /// <summary>Ends the line.</summary>
    public void LineBreak() => Ask(Break.Line);

    /// <summary>Ends the paragraph; at the very start of an item there is nothing to end.</summary>
    public void ParagraphBreak() => Ask(isAtItemStart ? Break.Line : Break.Paragraph);

    /// <summary>A <c>br</c>: ends the line, and leaves a blank line if the line is already ended.</summary>
    public void ForcedBreak() => Ask(pending == Break.Line ? Break.Paragraph : Break.Line);

    /// <summary>Stands between two cells of a row.</summary>
    public void Separator() => pendingSeparator = lineHasText && !IsAtLineStart;

    /// <summary>A mark was removed here: the blank before it goes too if punctuation follows.</summary>
    public void RemovedMark() => gluesPunctuation = true;

    /// <summary>Starts an item of a list; what follows is indented by the marker's width.</summary>
    /// <param name="itemMarker">What stands before the item's first line, with its blank.</param>
    /// <param name="isFirst">Whether the list starts with it: the items themselves are never apart by a blank line.</param>
    public void BeginItem(string itemMarker, bool isFirst)
    {
        Ask(Break.Line);
        if (!isFirst)
        {
            pending = Break.Line;
        }

        if (marker.Length == 0)
        {
            markerIndentation = indentation;
            marker = itemMarker;
        }
        else if (marker.Length < MostIndentation)
        {
            marker += itemMarker;
        }

        indentation += itemMarker.Length;
        isAtItemStart = true;
    }

    /// <summary>Starts what belongs to the line before: it follows on the next line.</summary>
    public void BeginDefinition()
    {
        Ask(Break.Line);
        pending = Break.Line;
        isAtItemStart = true;
    }

    /// <summary>Ends the item that was begun with this marker; an item without text leaves nothing.</summary>
    public void EndItem(string itemMarker)
    {
        indentation -= itemMarker.Length;
        if (marker.EndsWith(itemMarker, StringComparison.Ordinal))
        {
            marker = marker[..^itemMarker.Length];
        }

        isAtItemStart = false;
        Ask(Break.Line);
    }

    /// <summary>Starts a line of code that holds something; <paramref name="isFirst"/> and blank lines are the caller's to tell.</summary>
    public void CodeLine(ReadOnlySpan<char> line, bool isFirst, bool afterBlank)
    {
        if (isFirst || afterBlank)
        {
            ParagraphBreak();
        }

        Ask(Break.Line);
        Flush(line[0]);
        var start = length;
        Append(line);
        SpacesFrom(start);
    }

    private void Ask(Break wanted)
    {
        if (wanted > pending)
        {
            pending = wanted;
        }

        if (wanted >= Break.Line)
        {
            pendingSeparator = false;
            lineHasText = false;
        }
    }

    private void Flush(char next)
    {
        if (length == 0 || pending >= Break.Line || marker.Length > 0)
        {
            StartLine();
        }
        else if (pendingSeparator)
        {
            Append(" | ");
        }
        else if (pending == Break.Space || (pending == Break.Soft && !(TextCharacters.IsCjk(buffer[length - 1]) && TextCharacters.IsCjk(next))))
        {
            if (!(gluesPunctuation && next is '.' or ',' or ';' or ':' or '!' or '?' or ')' or '。' or '，'))
            {
                Append(' ');
            }
        }

        pending = Break.None;
        pendingSeparator = false;
        lineHasText = true;
        gluesPunctuation = false;
        isAtItemStart = false;
    }

    private void StartLine()
    {
        if (length > 0)
        {
            Append('\n');
            if (pending == Break.Paragraph)
            {
                Append('\n');
            }
        }

        var spaces = Math.Min(marker.Length > 0 ? markerIndentation : indentation, MostIndentation);
        Reserve(spaces);
        buffer.AsSpan(length, spaces).Fill(' ');
        length += spaces;
        Append(marker);
        marker = "";
    }

    private void TextWithOddSpaces(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var odd = text.IndexOfAny(TextCharacters.OddSpaces);
            var part = odd < 0 ? text : text[..odd];
            HasOddSpaces = false;
            Text(part);
            HasOddSpaces = true;
            if (odd < 0)
            {
                return;
            }

            Ask(Break.Space);
            text = text[(odd + 1)..];
        }
    }

    private void SpacesFrom(int start)
    {
        if (HasOddSpaces)
        {
            buffer.AsSpan(start, length - start).ReplaceAny(TextCharacters.OddSpaces, ' ');
        }
    }

    private void Append(char character)
    {
        Reserve(1);
        buffer[length++] = character;
    }

    private void Append(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        text.CopyTo(buffer.AsSpan(length));
        length += text.Length;
    }

    private void Reserve(int count)
    {
        if (length + count > buffer.Length)
        {
            var larger = ArrayPool<char>.Shared.Rent(Math.Max(buffer.Length * 2, length + count));
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<char>.Shared.Return(buffer);
            buffer = larger;
        }
    }
}
