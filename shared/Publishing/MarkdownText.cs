using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace Pipeline.Publishing;

/// <summary>Writes text so that kramdown, CommonMark and Liquid all see nothing in it but text.</summary>
internal static class MarkdownText
{
    private static readonly SearchValues<char> UnsafeInCodeSpan = SearchValues.Create("`<>&{}|\\$[]*_~\n");

    /// <summary>Appends <paramref name="text"/>, a stretch without line feeds, to <paramref name="output"/>.</summary>
    /// <param name="output">What is written so far.</param>
    /// <param name="text">Text as a reader shall see it.</param>
    /// <param name="lineStart">Whether the stretch begins a line, where more characters mean something.</param>
    /// <param name="heading">Whether it stands in a heading, whose end has marks of its own.</param>
    public static void Append(StringBuilder output, ReadOnlySpan<char> text, bool lineStart, bool heading)
    {
        if (lineStart)
        {
            text = AppendLineStart(output, text.TrimStart());
        }

        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            var before = index > 0 ? text[index - 1] : '\0';
            var after = index + 1 < text.Length ? text[index + 1] : '\0';
            switch (character)
            {
                case '\\' or '`' or '*' or '[' or ']' or '|':
                case '#' when heading:
                case '_' when !(char.IsLetterOrDigit(before) && char.IsLetterOrDigit(after)):
                case '$' when before == '$' || after == '$':
                    output.Append('\\').Append(character);
                    break;
                case '<':
                    output.Append("&lt;");
                    break;
                case '&' when char.IsAsciiLetter(after) || after == '#':
                    output.Append("&amp;");
                    break;
                case '\t':
                    output.Append(' ');
                    break;
                // Not an escape: {{ and {% would still be Liquid behind a backslash, and {: and {# mean something to kramdown.
                case '{' when !(char.IsLetterOrDigit(after) || after == ' '):
                // Not every Markdown knows a backslash before this one.
                case '~' when before == '~' || after == '~':
                    AppendReference(output, character);
                    break;
                default:
                    output.Append(character);
                    break;
            }
        }
    }

    /// <summary>Inline code: between back-ticks where nothing in it can be misread, else as an element with character references.</summary>
    public static void AppendCode(StringBuilder output, string code)
    {
        var line = code.Replace('\n', ' ').Replace('\t', ' ').Trim(' ');
        if (line.Length == 0)
        {
            return;
        }

        if (line.AsSpan().ContainsAny(UnsafeInCodeSpan))
        {
            output.Append("<code>").Append(References(line)).Append("</code>");
        }
        else
        {
            output.Append('`').Append(line).Append('`');
        }
    }

    /// <summary>Every character but letters, digits and white space as a character reference.</summary>
    public static string References(string text)
    {
        var output = new StringBuilder(text.Length * 2);
        foreach (var character in text)
        {
            if (char.IsLetterOrDigit(character) || character is ' ' or '\n' or '\t' or '.' or ',' or '"' or '(' or ')' || character > '\u007F')
            {
                output.Append(character);
            }
            else
            {
                AppendReference(output, character);
            }
        }

        return output.ToString();
    }

    /// <summary>What a reader sees of HTML: tags, comments, and elements that show nothing or run something are gone, references are decoded.</summary>
    public static string OfHtml(string html)
    {
        var text = new StringBuilder(html.Length);
        for (var index = 0; index < html.Length;)
        {
            if (html[index] != '<' || index + 1 == html.Length || !(char.IsAsciiLetter(html[index + 1]) || html[index + 1] is '/' or '!' or '?'))
            {
                text.Append(html[index++]);
                continue;
            }

            var name = HtmlTag.NameAt(html, index);
            index = HtmlTag.HidesContent(name) && html[index + 1] != '/' ? HtmlTag.EndOfElement(html, index, name) : HtmlTag.EndOfTag(html, index);
            if (HtmlTag.EndsLine(name))
            {
                text.Append('\n');
            }
        }

        return SafeBody.Characters(WebUtility.HtmlDecode(text.ToString()));
    }

    private static ReadOnlySpan<char> AppendLineStart(StringBuilder output, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return text;
        }

        switch (text[0])
        {
            case '#' or '>' or '+' or '-' or '=' or ':':
                output.Append('\\').Append(text[0]);
                return text[1..];
            // A lone ^ ends a block in kramdown.
            case '^':
                AppendReference(output, '^');
                return text[1..];
        }

        var digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits > 0 && text[digits] is '.' or ')')
        {
            output.Append(text[..digits]).Append('\\').Append(text[digits]);
            return text[(digits + 1)..];
        }

        return text;
    }

    private static void AppendReference(StringBuilder output, char character) => output.Append(CultureInfo.InvariantCulture, $"&#{(int)character};");
}
