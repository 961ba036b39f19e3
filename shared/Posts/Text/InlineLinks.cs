using System.Buffers;

namespace Pipeline.Posts.Text;

/// <summary>What can follow the text of a link: a target in parentheses or a label in brackets, by kramdown's rules.</summary>
internal static class InlineLinks
{
    // Bounds the work on parentheses and quotes that never close.
    private const int MostParentheses = 32;
    private const int MostTitleCharacters = 1000;
    private const int MostLabelCharacters = 999;
    private const int MostAutoLinkCharacters = 2000;

    private static readonly SearchValues<char> TargetSpecial = SearchValues.Create("()\\ \t\n");

    private static readonly SearchValues<char> AutoLinkEnd = SearchValues.Create(['<', '>', ' ', '\n', TextCharacters.CodeToken, TextCharacters.LiteralToken]);

    /// <summary>The position behind <c>(target "title")</c>, or -1 if none stands at <paramref name="open"/>.</summary>
    public static int TargetEnd(ReadOnlySpan<char> text, int open)
    {
        var at = SkipBlanks(text, open + 1);
        if (at < text.Length && text[at] == '<')
        {
            var close = text[(at + 1)..].IndexOfAny('>', '<', '\n');
            at += close >= 0 && text[at + 1 + close] == '>' ? close + 2 : 0;
        }

        var depth = 1;
        var hasTriedTitle = false;
        while (true)
        {
            var next = text[at..].IndexOfAny(TargetSpecial);
            if (next < 0)
            {
                return -1;
            }

            at += next;
            switch (text[at])
            {
                case '\\':
                    at = Math.Min(at + 2, text.Length);
                    break;
                case '(':
                    at++;
                    if (++depth > MostParentheses)
                    {
                        return -1;
                    }

                    break;
                case ')':
                    at++;
                    if (--depth == 0)
                    {
                        return at;
                    }

                    break;
                default:
                    at = SkipBlanks(text, at);
                    if (!hasTriedTitle && at < text.Length && text[at] is '"' or '\'')
                    {
                        hasTriedTitle = true;
                        if (TitleEnd(text, at) is var end and > 0)
                        {
                            return end;
                        }
                    }

                    break;
            }
        }
    }

    /// <summary>The label that begins at <paramref name="open"/>, a <c>[</c>, and the position behind it.</summary>
    public static bool TryLabel(ReadOnlySpan<char> text, int open, out ReadOnlySpan<char> label, out int end)
    {
        label = default;
        end = open;
        var window = text[(open + 1)..Math.Min(text.Length, open + 1 + MostLabelCharacters)];
        var close = window.IndexOfAny('[', ']');
        if (close < 0 || window[close] != ']')
        {
            return false;
        }

        label = window[..close];
        end = open + close + 2;
        return true;
    }

    /// <summary>The length of a link in angle brackets at the start of the text, or 0.</summary>
    public static int AutoLinkLength(ReadOnlySpan<char> rest)
    {
        var window = rest[1..Math.Min(rest.Length, MostAutoLinkCharacters)];
        var end = window.IndexOfAny(AutoLinkEnd);
        if (end <= 0 || window[end] != '>')
        {
            return 0;
        }

        var inside = window[..end];
        var isAddress = inside.IndexOf('@') is var sign and > 0 && sign < inside.Length - 1 && inside[sign..].Contains('.') && inside[0] != '/' && !inside.ContainsAny("\"'=");
        var isLink = inside.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || inside.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
            || inside.StartsWith("ftp:", StringComparison.OrdinalIgnoreCase) || inside.StartsWith("ftps:", StringComparison.OrdinalIgnoreCase)
            || inside.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase);
        return isAddress || isLink ? end + 2 : 0;
    }

    private static int TitleEnd(ReadOnlySpan<char> text, int open)
    {
        var limit = Math.Min(text.Length, open + MostTitleCharacters);
        for (var from = open + 1; from < limit;)
        {
            var close = text[from..limit].IndexOf(text[open]);
            if (close < 0)
            {
                return -1;
            }

            var after = SkipBlanks(text, from + close + 1);
            if (after < text.Length && text[after] == ')')
            {
                return after + 1;
            }

            from += close + 1;
        }

        return -1;
    }

    private static int SkipBlanks(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\n')
        {
            at++;
        }

        return at;
    }
}
