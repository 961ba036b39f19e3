using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Collecting;

/// <summary>MDX (https://mdxjs.com/docs/what-is-mdx/) as Markdown: without imports, exports, comments and the tags of components, with what stands between them.</summary>
internal static partial class MdxText
{
    /// <summary>Makes Markdown of it.</summary>
    public static string ToMarkdown(string text)
    {
        var markdown = new StringBuilder(text.Length);
        var prose = new StringBuilder();
        string? fence = null;
        var statement = false;
        foreach (var line in text.Split('\n'))
        {
            var start = line.TrimStart();
            if (fence is not null)
            {
                markdown.Append(line).Append('\n');
                fence = start.StartsWith(fence, StringComparison.Ordinal) ? null : fence;
            }
            else if (start.StartsWith("```", StringComparison.Ordinal) || start.StartsWith("~~~", StringComparison.Ordinal))
            {
                Flush();
                fence = start[..3];
                markdown.Append(line).Append('\n');
            }
            else
            {
                // A statement begins at the margin after a blank line and ends with the next one.
                statement = line.Trim().Length > 0 && (statement || Statement().IsMatch(line));
                if (!statement)
                {
                    prose.Append(line).Append('\n');
                }
            }
        }

        Flush();
        return markdown.ToString();

        void Flush()
        {
            markdown.Append(Component().Replace(Comment().Replace(prose.ToString(), ""), ""));
            prose.Clear();
        }
    }

    [GeneratedRegex(@"^(?:import\s.{0,500}['""]|export\s(?:const|let|default|function|async)\b)", RegexOptions.CultureInvariant)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\{/\*.{0,4000}?\*/\}", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Comment();

    // Components have capitals; tags of HTML stay. An attribute may hold a larger-than sign in an arrow of a function.
    [GeneratedRegex(@"</?[A-Z][A-Za-z0-9.]{0,60}(?:\s(?:[^<>]|=>){0,2000})?/?>", RegexOptions.CultureInvariant)]
    private static partial Regex Component();
}
