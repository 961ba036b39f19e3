using System.Buffers;

namespace Pipeline.Posts.Text;

/// <summary>
/// Cuts the text of a paragraph, heading or table row into tokens by kramdown's rules for spans. One pass, with what is known to be
/// missing further on remembered, so that no input costs more than its length.
/// </summary>
internal sealed class InlineTokenizer(HtmlWalker html)
{
    /// <summary>Characters that can begin a token outside tables.</summary>
    public static SearchValues<char> Special { get; } =
        SearchValues.Create(['\\', '`', '*', '_', '~', '[', ']', '<', '&', '$', '{', '\n', TextCharacters.CodeToken, TextCharacters.LiteralToken]);

    private static readonly SearchValues<char> SpecialInRow =
        SearchValues.Create(['\\', '`', '*', '_', '~', '[', ']', '<', '&', '$', '{', '\n', '|', TextCharacters.CodeToken, TextCharacters.LiteralToken]);

    private const string Escapable = "\\.*_+`<>()[]{}#!:|\"'$=-~";

    private readonly List<OpenBracket> brackets = [];
    private readonly HashSet<string> withoutEnd = new(StringComparer.OrdinalIgnoreCase);
    private readonly BacktickRuns backticks = new();
    private MarkdownReferences references = new();
    private bool keepsImageText;
    private int escapedTo;

    /// <summary>The tokens in the order of the text.</summary>
    public List<InlineToken> Tokens { get; } = [];

    /// <summary>Whether any delimiter is among the tokens.</summary>
    public bool HasDelimiters { get; private set; }

    /// <summary>Fills <see cref="Tokens"/>.</summary>
    public void Tokenize(ReadOnlySpan<char> text, bool isRow, MarkdownReferences known, bool keepImageText)
    {
        Tokens.Clear();
        brackets.Clear();
        withoutEnd.Clear();
        backticks.Clear();
        HasDelimiters = false;
        references = known;
        keepsImageText = keepImageText;
        escapedTo = 0;
        var special = isRow ? SpecialInRow : Special;
        for (var at = 0; ;)
        {
            var next = text[at..].IndexOfAny(special);
            if (next < 0)
            {
                return;
            }

            at = Step(text, at + next);
        }
    }

    /// <summary>Reads what begins at a special character and gives the position to go on from.</summary>
    private int Step(ReadOnlySpan<char> text, int at) => text[at] switch
    {
        '\n' => Newline(text, at),
        '\\' => Backslash(text, at),
        '`' => CodeSpan(text, at),
        '*' or '_' or '~' => Delimiter(text, at),
        '[' => OpenSquare(text, at),
        ']' => CloseSquare(text, at),
        '<' => Angle(text, at),
        '&' => CharacterReference.Read(text[at..], out _) is var length and > 0 ? Add(InlineTokenKind.Reference, at, at + length) : at + 1,
        '$' => Dollar(text, at),
        '{' => Brace(text, at),
        '|' => Add(InlineTokenKind.CellEnd, at, at + 1),
        TextCharacters.CodeToken => Add(InlineTokenKind.CodeBlock, at, Math.Min(at + LiquidRemover.TokenLength, text.Length)),
        _ => Add(InlineTokenKind.Literal, at, Math.Min(at + LiquidRemover.TokenLength, text.Length)),
    };

    private int Add(InlineTokenKind kind, int start, int end)
    {
        Tokens.Add(new InlineToken { Kind = kind, Start = start, End = end });
        return end;
    }

    private int Newline(ReadOnlySpan<char> text, int at)
    {
        var isHard = at > 1 && text[at - 1] == ' ' && text[at - 2] == ' ';
        return Add(isHard ? InlineTokenKind.HardBreak : InlineTokenKind.Newline, at, at + 1);
    }

    private int Backslash(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 >= text.Length)
        {
            return at + 1;
        }

        var next = text[at + 1];
        if (next == '\n')
        {
            return Add(InlineTokenKind.HardBreak, at, at + 2);
        }

        if (next == '\\' && at + 2 < text.Length)
        {
            var third = text[at + 2];
            if (third == '\n')
            {
                return Add(InlineTokenKind.HardBreak, at, at + 3);
            }

            if (third is '(' or '[' && Find(text, at + 3, third == '(' ? "\\\\)" : "\\\\]") is var close and >= 0)
            {
                return Add(InlineTokenKind.BackslashMath, at, close + 3);
            }
        }

        if (!Escapable.Contains(next, StringComparison.Ordinal))
        {
            return at + 1;
        }

        Add(InlineTokenKind.Skip, at, at + 1);
        escapedTo = at + 2;
        return at + 2;
    }

    private int CodeSpan(ReadOnlySpan<char> text, int at)
    {
        var count = BacktickRuns.Length(text, at);
        var close = backticks.FindClosing(text, at, count);
        if (close < 0)
        {
            return at + count;
        }

        Add(InlineTokenKind.Skip, at, at + count);
        Add(InlineTokenKind.Code, at + count, close);
        return Add(InlineTokenKind.Skip, close, close + count);
    }

    private int Delimiter(ReadOnlySpan<char> text, int at)
    {
        var character = text[at];
        var rest = text[at..].IndexOfAnyExcept(character);
        var end = rest < 0 ? text.Length : at + rest;
        if (character == '~' && end - at != 2)
        {
            return end;
        }

        var before = at == 0 ? ' ' : text[at - 1];
        var after = end == text.Length ? ' ' : text[end];
        var canOpen = !char.IsWhiteSpace(after);
        var canClose = !char.IsWhiteSpace(before);
        if (character == '_')
        {
            canOpen &= !char.IsLetterOrDigit(before);
            canClose &= !char.IsLetterOrDigit(after);
        }

        if (canOpen || canClose)
        {
            HasDelimiters = true;
            Tokens.Add(new InlineToken
            {
                Kind = InlineTokenKind.Delimiter,
                Start = at,
                End = end,
                Left = end - at,
                CanOpen = canOpen,
                CanClose = canClose,
                Character = character,
            });
        }

        return end;
    }

    private int OpenSquare(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 < text.Length && text[at + 1] == '^' && InlineLinks.TryLabel(text, at, out var label, out var end) && references.Refer(label[1..]))
        {
            return Add(InlineTokenKind.FootnoteMark, at, end);
        }

        var isImage = at > escapedTo && text[at - 1] == '!';
        brackets.Add(new OpenBracket(Tokens.Count, at, isImage));
        return Add(InlineTokenKind.Text, isImage ? at - 1 : at, at + 1);
    }

    private int CloseSquare(ReadOnlySpan<char> text, int at)
    {
        if (brackets.Count == 0)
        {
            return at + 1;
        }

        var open = brackets[^1];
        brackets.RemoveAt(brackets.Count - 1);
        var end = LinkEnd(text, open, at);
        if (end < 0)
        {
            if (brackets.Count > 0)
            {
                brackets[^1] = brackets[^1] with { HoldsBrackets = true };
            }

            return at + 1;
        }

        if (brackets.Count > 0)
        {
            brackets[^1] = brackets[^1] with { HoldsBrackets = true };
        }

        var start = Tokens[open.Token].Start;
        if (open.IsImage && !keepsImageText)
        {
            Tokens.RemoveRange(open.Token, Tokens.Count - open.Token);
            return Add(InlineTokenKind.Skip, start, end);
        }

        Tokens[open.Token] = new InlineToken { Kind = InlineTokenKind.Skip, Start = start, End = open.At + 1 };
        return Add(InlineTokenKind.Skip, at, end);
    }

    /// <summary>The position behind the link or image whose text ends at <paramref name="close"/>, or -1 if it is none.</summary>
    private int LinkEnd(ReadOnlySpan<char> text, in OpenBracket open, int close)
    {
        var next = close + 1;
        if (next < text.Length && text[next] == '(' && InlineLinks.TargetEnd(text, next) is var target and > 0)
        {
            return target;
        }

        var inside = text[(open.At + 1)..close];
        var isExplicit = next < text.Length && text[next] == '[';
        var labelAt = isExplicit ? next : next + 1;
        if ((isExplicit || (labelAt < text.Length && text[labelAt] == '[' && text[next] is ' ' or '\n')) && InlineLinks.TryLabel(text, labelAt, out var label, out var end))
        {
            if (references.IsDefined(label.IsEmpty ? inside : label) || (isExplicit && references.TrustsExplicit))
            {
                return end;
            }
        }

        return !open.HoldsBrackets && references.IsDefined(inside) ? next : -1;
    }

    private int Angle(ReadOnlySpan<char> text, int at)
    {
        var rest = text[at..];
        if (rest.StartsWith("<!--"))
        {
            var end = Find(text, at + 4, "-->");
            if (end < 0)
            {
                return Add(InlineTokenKind.Skip, at, at + 4);
            }

            var separates = html.IsSeparator(text[(at + 4)..end]);
            return Add(separates ? InlineTokenKind.ParagraphBreak : InlineTokenKind.Skip, at, end + 3);
        }

        if (InlineLinks.AutoLinkLength(rest) is var link and > 0)
        {
            return Add(InlineTokenKind.AutoLink, at, at + link);
        }

        if (rest.Length > 1 && rest[1] is '?' or '!' && rest[..Math.Min(rest.Length, 1000)].IndexOf('>') is var declaration and > 0)
        {
            return Add(InlineTokenKind.Skip, at, at + declaration + 1);
        }

        if (!HtmlTag.TryParse(rest, out var tag))
        {
            return at + 1;
        }

        var isWhole = !tag.IsEnd && !tag.IsSelfClosed
            && tag.Kind is HtmlElementKind.RawSpan or HtmlElementKind.Code or HtmlElementKind.Dropped or HtmlElementKind.DroppedRaw;
        return isWhole && EndOf(rest, tag) is var length and > 0
            ? Add(InlineTokenKind.Html, at, at + length)
            : Add(InlineTokenKind.Tag, at, at + tag.Length);
    }

    private int EndOf(ReadOnlySpan<char> rest, in HtmlTag tag)
    {
        var name = tag.Name.ToString();
        if (withoutEnd.Contains(name))
        {
            return -1;
        }

        var end = HtmlTag.FindEndTag(rest[tag.Length..], tag.Name);
        var close = end < 0 ? -1 : rest[(tag.Length + end)..].IndexOf('>');
        if (close < 0)
        {
            withoutEnd.Add(name);
            return -1;
        }

        return tag.Length + end + close + 1;
    }

    private int Dollar(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 >= text.Length || text[at + 1] != '$')
        {
            return at + 1;
        }

        var close = Find(text, at + 3, "$$");
        return close < 0 ? at + 2 : Add(InlineTokenKind.Math, at, close + 2);
    }

    private int Brace(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 >= text.Length || text[at + 1] != ':')
        {
            return at + 1;
        }

        var end = Find(text, at + 2, "}");
        if (end < 0)
        {
            return at + 1;
        }

        if (text[(at + 2)..].StartsWith(":comment") && text[end - 1] != '/')
        {
            var close = Find(text, end, "{:/");
            var closeEnd = close < 0 ? -1 : Find(text, close, "}");
            end = closeEnd < 0 ? end : closeEnd;
        }

        return Add(InlineTokenKind.Skip, at, end + 1);
    }

    /// <summary>The position of a string from a place on, or -1; what is not there is looked for only once.</summary>
    private int Find(ReadOnlySpan<char> text, int from, string wanted)
    {
        if (from > text.Length || withoutEnd.Contains(wanted))
        {
            return -1;
        }

        var next = text[from..].IndexOf(wanted);
        if (next < 0)
        {
            withoutEnd.Add(wanted);
            return -1;
        }

        return from + next;
    }

    private readonly record struct OpenBracket(int Token, int At, bool IsImage)
    {
        /// <summary>Whether brackets stand inside: then the text is no label.</summary>
        public bool HoldsBrackets { get; init; }
    }
}
