using System.Globalization;
using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace Pipeline.Publishing;

/// <summary>Writes a Markdown tree's blocks as Markdown that kramdown and CommonMark read alike; see <see cref="SafeBody"/>.</summary>
internal sealed class SafeMarkdownWriter(IReadOnlySet<string> hosts)
{
    private readonly SafeInlineWriter _inlines = new(hosts);

    /// <summary>The whole document without a line feed at its end.</summary>
    public string Write(MarkdownDocument document) => string.Join("\n\n", Blocks(document, top: true));

    /// <summary>Text without any markup, one paragraph for each stretch between blank lines.</summary>
    public string WritePlain(string text)
    {
        var paragraphs = new StringBuilder();
        var lineStart = true;
        foreach (var line in text.EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.IsEmpty)
            {
                lineStart = paragraphs.Length == 0;
                continue;
            }

            if (paragraphs.Length > 0)
            {
                paragraphs.Append(lineStart ? "\n" : "\n\n");
            }

            MarkdownText.Append(paragraphs, _inlines.WithoutForeignAddresses(trimmed.ToString()), lineStart: true, heading: false);
            lineStart = true;
        }

        return paragraphs.ToString();
    }

    private IEnumerable<string> Blocks(ContainerBlock container, bool top)
    {
        foreach (var block in container)
        {
            var text = Block(block, top);
            if (text.Length > 0)
            {
                yield return text;
            }
        }
    }

    private string Block(Block block, bool top) => block switch
    {
        HeadingBlock heading => Heading(heading),
        CodeBlock code => Code(code, top),
        HtmlBlock html => WritePlain(MarkdownText.OfHtml(html.Lines.ToString())),
        ParagraphBlock paragraph => _inlines.Write(paragraph.Inline, heading: false),
        // Three hyphens would do as well, but could be taken for the end of front matter.
        ThematicBreakBlock => "* * *",
        QuoteBlock quote => Indented(string.Join("\n\n", Blocks(quote, top: false)), "> ", "> "),
        ListBlock list => List(list),
        Table table => TableRows(table),
        // Definitions of links and the like: the links that use them are written inline.
        _ => "",
    };

    private string Heading(HeadingBlock heading)
    {
        var text = _inlines.Write(heading.Inline, heading: true).Replace("\n", " ", StringComparison.Ordinal);
        // The page's own title is the one heading of level 1.
        return text.Length == 0 ? "" : $"{new string('#', Math.Max(2, heading.Level))} {text}";
    }

    private static string Code(CodeBlock block, bool top)
    {
        var code = block.Lines.ToString().TrimEnd().Replace("\t", "    ", StringComparison.Ordinal);
        if (string.IsNullOrWhiteSpace(code))
        {
            return "";
        }

        // In a list or quote a fence is at the mercy of indentation, and inside a fence nothing can be escaped.
        if (!top || code.Contains("{{", StringComparison.Ordinal) || code.Contains("{%", StringComparison.Ordinal))
        {
            return $"<pre><code>{MarkdownText.References(code)}</code></pre>";
        }

        var fence = new string('~', Math.Max(3, LongestRun(code, '~') + 1));
        return $"{fence}{Language(block)}\n{code}\n{fence}";
    }

    private static string Language(CodeBlock block) =>
        block is FencedCodeBlock { Info: { Length: > 0 and <= 20 } info } && info.All(character => char.IsAsciiLetterOrDigit(character) || character is '+' or '#' or '-')
            ? info
            : "";

    private string List(ListBlock list)
    {
        var number = int.TryParse(list.OrderedStart, NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 1;
        // "1013. An honest number." begins no list; and kramdown counts every list from 1.
        var asText = list.IsOrdered && number > 1;
        var between = list.IsLoose || asText ? "\n\n" : "\n";
        var items = new List<string>();
        foreach (var item in list.OfType<ListItemBlock>())
        {
            var content = string.Join(list.IsLoose ? "\n\n" : "\n", Blocks(item, top: false));
            if (content.Length == 0)
            {
                continue;
            }

            var mark = list.IsOrdered ? string.Create(CultureInfo.InvariantCulture, $"{number++}{(asText ? "\\" : "")}. ") : "- ";
            items.Add(asText ? mark + content : Indented(content, mark, new string(' ', mark.Length)));
        }

        return string.Join(between, items);
    }

    private string TableRows(Table table)
    {
        var text = new StringBuilder();
        var columns = 0;
        foreach (var row in table.OfType<TableRow>())
        {
            var cells = row.OfType<TableCell>()
                .Select(cell => string.Join(' ', Blocks(cell, top: false)).Replace('\n', ' '))
                .Select(cell => cell.Length == 0 ? " " : cell)
                .ToList();
            text.Append(text.Length == 0 ? "" : "\n").Append("| ").AppendJoin(" | ", cells).Append(" |");
            if (columns == 0)
            {
                columns = cells.Count;
                text.Append('\n').Insert(text.Length, "| --- ", columns).Append('|');
            }
        }

        return text.ToString();
    }

    private static string Indented(string content, string first, string rest)
    {
        if (content.Length == 0)
        {
            return "";
        }

        var text = new StringBuilder(first);
        var lines = content.Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            if (index > 0)
            {
                text.Append('\n').Append(lines[index].Length == 0 ? rest.TrimEnd() : rest);
            }

            text.Append(lines[index]);
        }

        return text.ToString();
    }

    private static int LongestRun(string text, char character)
    {
        var (longest, run) = (0, 0);
        foreach (var other in text)
        {
            run = other == character ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
