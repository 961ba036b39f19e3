using Pipeline.Posts.Text;

namespace Pipeline.Shared.Tests.Posts.Text;

/// <summary>The text of a source under the options of the training corpus.</summary>
internal static class Extracted
{
    public static string Markdown(string source) => PostText.Extract(source, PostMarkup.Markdown, PostTextOptions.Default).Text;

    public static string Html(string source) => PostText.Extract(source, PostMarkup.Html, PostTextOptions.Default).Text;

    public static IReadOnlyList<string> Warnings(string source) => PostText.Extract(source, PostMarkup.Markdown, PostTextOptions.Default).Warnings;
}
