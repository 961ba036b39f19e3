using System.Net;
using System.Text;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>Between text without markup and HTML.</summary>
internal static class PlainText
{
    private const int TitleLength = 60;

    /// <summary>Text as paragraphs of HTML: blank lines part them, line feeds stay.</summary>
    public static string ToHtml(string text)
    {
        var html = new StringBuilder(text.Length + 64);
        foreach (var paragraph in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            html.Append("<p>").Append(WebUtility.HtmlEncode(paragraph).Replace("\n", "<br>\n", StringComparison.Ordinal)).Append("</p>\n");
        }

        return html.ToString();
    }

    /// <summary>HTML as one line of text, for titles.</summary>
    public static string OfHtml(string html) => PostFileText.Line(PostText.Extract(html, PostMarkup.Html, new PostTextOptions()).Text);

    /// <summary>The first words of a text that has no title of its own.</summary>
    public static string TitleOf(string text)
    {
        var line = PostFileText.Line(text);
        if (line.Length <= TitleLength)
        {
            return line;
        }

        var blank = line.LastIndexOf(' ', TitleLength);
        return blank > 0 ? line[..blank] : line[..(char.IsHighSurrogate(line[TitleLength - 1]) ? TitleLength - 1 : TitleLength)];
    }
}
