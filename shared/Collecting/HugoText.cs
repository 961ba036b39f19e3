using System.Text.RegularExpressions;

namespace Pipeline.Collecting;

/// <summary>Hugo's Markdown without its shortcodes (https://gohugo.io/content-management/shortcodes/); what stands between two of a pair stays.</summary>
internal static partial class HugoText
{
    /// <summary>Makes Markdown of it.</summary>
    public static string ToMarkdown(string text)
    {
        if (!text.Contains("{{", StringComparison.Ordinal))
        {
            return text;
        }

        var fenced = Highlight().Replace(text, match => match.Groups[1].Success ? "```" : $"```{match.Groups[2].Value}");
        return Escaped().Replace(Shortcode().Replace(fenced, ""), "{{$1 $2 $3}}");
    }

    [GeneratedRegex(@"\{\{[<%]\s?(?:(/)\s?highlight|highlight\s{1,9}(\w{0,30}))[^}]{0,500}[>%]\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Highlight();

    // One that shows a shortcode has it in a comment, and is no shortcode.
    [GeneratedRegex(@"\{\{[<%](?!\s{0,9}/\*).{0,4000}?[>%]\}\}", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Shortcode();

    [GeneratedRegex(@"\{\{([<%])\s{0,9}/\*\s{0,9}(.{0,1000}?)\s{0,9}\*/\s{0,9}([>%])\}\}", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Escaped();
}
