using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Posts;

/// <summary>One line of a blog's <c>jekyll-view.jsonl</c>: a post as Jekyll itself reads it.</summary>
internal sealed record JekyllView(
    string Path, string? Title, DateTimeOffset? Date, IReadOnlyList<string> Tags, IReadOnlyList<string> Categories, string Slug, string Url, bool Published, bool Draft)
{
    /// <summary>All blogs, for theories.</summary>
    public static TheoryData<string> Blogs { get; } =
        ["18f", "gaohaoyang", "helmutlutz", "jekyll-cases", "jekyll-news", "made-mistakes", "raphlinus", "rustycrate", "umhau"];

    public static string SiteOf(string blog) => ProjectFolders.Shared("blogs", blog, "site");

    public static IReadOnlyList<JekyllView> Read(string blog) =>
        [.. File.ReadLines(ProjectFolders.Shared("blogs", blog, "jekyll-view.jsonl")).Select(line => JsonSerializer.Deserialize(line, JekyllViewJson.Default.JekyllView)!)];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JekyllView))]
internal sealed partial class JekyllViewJson : JsonSerializerContext;
