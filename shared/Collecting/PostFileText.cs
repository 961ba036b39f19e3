using System.Globalization;
using System.Text;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>Writes a collected post as a file that Jekyll and this product read.</summary>
internal static class PostFileText
{
    private const int LongestTitle = 300;

    /// <summary>Front matter and body.</summary>
    public static string Of(CollectedPost post)
    {
        var text = new StringBuilder("---\n");
        if (Line(post.Title) is { Length: > 0 } title)
        {
            text.Append(CultureInfo.InvariantCulture, $"title: {Quoted(title)}\n");
        }

        var offset = post.Date.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"date: {post.Date:yyyy-MM-dd HH:mm:ss} {offset}\n");
        List(text, "categories", post.Categories);
        List(text, "tags", post.Tags);
        if (Line(post.Language ?? "") is { Length: > 0 } language)
        {
            text.Append(CultureInfo.InvariantCulture, $"lang: {Quoted(language)}\n");
        }

        return text.Append("---\n").Append(Body(post)).Append('\n').ToString();
    }

    /// <summary>The extension of its file, with the dot.</summary>
    public static string Extension(CollectedPost post) => post.Markup == PostMarkup.Html ? ".html" : ".md";

    /// <summary>Text on one line without control characters and doubled blanks.</summary>
    public static string Line(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, 4096));
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) || rune == Rune.ReplacementChar || rune.Value is 0xFFFE or 0xFFFF ? " " : rune.ToString());
        }

        var words = string.Join(' ', clean.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return words.Length <= LongestTitle ? words : words[..(char.IsHighSurrogate(words[LongestTitle - 1]) ? LongestTitle - 1 : LongestTitle)].TrimEnd();
    }

    private static string Body(CollectedPost post)
    {
        var body = post.Body.Replace("\r\n", "\n", StringComparison.Ordinal).Trim('\n', '\r', ' ');
        // What looks like Liquid in a text that was rendered elsewhere is text.
        return (post.IsLiquid || !LooksLikeLiquid(body)) ? body
            : post.Markup == PostMarkup.Html || body.Contains("endraw", StringComparison.Ordinal)
            ? body.Replace("{{", "&#123;&#123;", StringComparison.Ordinal).Replace("{%", "&#123;%", StringComparison.Ordinal)
            : $"{{% raw %}}\n{body}\n{{% endraw %}}";
    }

    private static bool LooksLikeLiquid(string body) => body.Contains("{{", StringComparison.Ordinal) || body.Contains("{%", StringComparison.Ordinal);

    private static void List(StringBuilder text, string key, IReadOnlyList<string> values)
    {
        var lines = values.Select(Line).Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (lines.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{key}: [{string.Join(", ", lines.Select(Quoted))}]\n");
        }
    }

    private static string Quoted(string line) =>
        $"\"{line.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
