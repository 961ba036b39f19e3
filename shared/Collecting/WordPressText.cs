using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Collecting;

/// <summary>What WordPress keeps of a post, as HTML: blocks without their comments, blank lines as paragraphs, no shortcodes.</summary>
internal static partial class WordPressText
{
    /// <summary>Makes HTML of a post's content.</summary>
    public static string ToHtml(string content)
    {
        var text = Shortcode().Replace(BlockComment().Replace(content, ""), "").Replace("\r\n", "\n", StringComparison.Ordinal);
        // The editors of before 2018 write no paragraphs: WordPress makes them of blank lines when it shows the post.
        if (Paragraph().IsMatch(text))
        {
            return text;
        }

        var html = new StringBuilder(text.Length + 256);
        foreach (var block in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            html.Append(StartsBlock().IsMatch(block) ? $"{block}\n\n" : $"<p>{block}</p>\n\n");
        }

        return html.ToString();
    }

    [GeneratedRegex(@"<!--\s?/?wp:[^>]{0,2000}?-->", RegexOptions.CultureInvariant)]
    private static partial Regex BlockComment();

    // The names that WordPress itself and its most used plugins give; other brackets are the author's.
    [GeneratedRegex(@"\[/?(?:caption|gallery|embed|audio|video|playlist|more|toc|youtube|contact-form(?:-7)?|vc_\w{1,40}|et_pb_\w{1,40})\b[^\]\n]{0,2000}\]", RegexOptions.CultureInvariant)]
    private static partial Regex Shortcode();

    [GeneratedRegex(@"<p[\s>]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Paragraph();

    [GeneratedRegex(@"\A</?(?:div|h[1-6]|ul|ol|li|table|blockquote|pre|figure|section|hr|dl)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex StartsBlock();
}
