using System.Text;
using System.Text.RegularExpressions;
using Markdig.Syntax.Inlines;

namespace Pipeline.Publishing;

/// <summary>Writes what stands inside a paragraph or heading: text, emphasis, code, links to known hosts.</summary>
internal sealed partial class SafeInlineWriter(IReadOnlySet<string> hosts)
{
    // Deeper than anybody writes, and far from the end of a thread's stack.
    private const int DeepestNesting = 64;

    private int _depth;

    /// <summary>The inlines as Markdown, without white space at either end.</summary>
    /// <exception cref="ArgumentException">They are nested more than 64 levels deep.</exception>
    public string Write(ContainerInline? container, bool heading)
    {
        var output = new StringBuilder();
        var text = new StringBuilder();
        if (container is not null)
        {
            Append(output, text, container, heading);
            Flush(output, text, heading);
        }

        return output.ToString().Trim();
    }

    /// <summary>Bare addresses of unknown hosts lose their scheme, so that no Markdown makes links of them.</summary>
    public string WithoutForeignAddresses(string text) => Address().Replace(
        text,
        match => SafeLink.TryHost(match.Value, out var host) && hosts.Contains(host) ? match.Value : match.Groups["rest"].Value);

    private void Append(StringBuilder output, StringBuilder text, ContainerInline container, bool heading)
    {
        if (_depth >= DeepestNesting)
        {
            throw new ArgumentException($"The text is nested more than {DeepestNesting} levels deep.", nameof(container));
        }

        _depth++;
        try
        {
            AppendAll(output, text, container, heading);
        }
        finally
        {
            _depth--;
        }
    }

    private void AppendAll(StringBuilder output, StringBuilder text, ContainerInline container, bool heading)
    {
        string? hidden = null;
        foreach (var inline in container)
        {
            if (inline is HtmlInline tag)
            {
                hidden = Hidden(hidden, tag.Tag, text);
                continue;
            }

            if (hidden is not null)
            {
                continue;
            }

            switch (inline)
            {
                case LiteralInline literal:
                    text.Append(literal.Content.AsSpan());
                    break;
                case HtmlEntityInline entity:
                    text.Append(SafeBody.Characters(entity.Transcoded.ToString()).Replace('\n', ' '));
                    break;
                case AutolinkInline autolink:
                    text.Append(autolink.Url);
                    break;
                case LineBreakInline { IsHard: var hard }:
                    Flush(output, text, heading);
                    TrimEnd(output);
                    output.Append(hard ? "  \n" : "\n");
                    break;
                case CodeInline code:
                    Flush(output, text, heading);
                    MarkdownText.AppendCode(output, code.Content);
                    break;
                case LinkInline link:
                    AppendLink(output, text, link, heading);
                    break;
                case EmphasisInline emphasis:
                    AppendEmphasis(output, text, emphasis, heading);
                    break;
                case DelimiterInline delimiter:
                    // A mark that found no partner shows itself as it was written.
                    text.Append(delimiter.ToLiteral());
                    Append(output, text, delimiter, heading);
                    break;
                case ContainerInline other:
                    Append(output, text, other, heading);
                    break;
            }
        }
    }

    private void AppendLink(StringBuilder output, StringBuilder text, LinkInline link, bool heading)
    {
        if (link.IsImage || SafeLink.Target(link.Url, hosts) is not { } target)
        {
            Append(output, text, link, heading);
            return;
        }

        Flush(output, text, heading);
        var inner = new StringBuilder("[");
        var innerText = new StringBuilder();
        Append(inner, innerText, link, heading);
        Flush(inner, innerText, heading);
        if (inner.Length > 1)
        {
            output.Append(inner).Append("](").Append(target).Append(')');
        }
    }

    private void AppendEmphasis(StringBuilder output, StringBuilder text, EmphasisInline emphasis, bool heading)
    {
        Flush(output, text, heading);
        var marks = new string('*', Math.Clamp(emphasis.DelimiterCount, 1, 2));
        var inner = new StringBuilder(marks);
        var innerText = new StringBuilder();
        Append(inner, innerText, emphasis, heading);
        Flush(inner, innerText, heading);
        if (inner.Length > marks.Length)
        {
            output.Append(inner).Append(marks);
        }
    }

    private static string? Hidden(string? hidden, string tag, StringBuilder text)
    {
        var name = HtmlTag.NameAt(tag, 0);
        var closing = tag.StartsWith("</", StringComparison.Ordinal);
        if (hidden is not null)
        {
            return closing && name.Equals(hidden, StringComparison.OrdinalIgnoreCase) ? null : hidden;
        }

        if (HtmlTag.EndsLine(name))
        {
            text.Append(' ');
        }

        return !closing && name != "!--" && HtmlTag.HidesContent(name) && !tag.EndsWith("/>", StringComparison.Ordinal) ? name : null;
    }

    private void Flush(StringBuilder output, StringBuilder text, bool heading)
    {
        if (text.Length == 0)
        {
            return;
        }

        var lineStart = output.Length == 0 || output[^1] == '\n';
        MarkdownText.Append(output, WithoutForeignAddresses(text.ToString()).Replace('\n', ' '), lineStart, heading);
        text.Clear();
    }

    private static void TrimEnd(StringBuilder output)
    {
        while (output.Length > 0 && output[^1] == ' ')
        {
            output.Length--;
        }
    }

    [GeneratedRegex(@"[a-z][a-z0-9+.\-]*://(?<rest>[^\s]*)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
