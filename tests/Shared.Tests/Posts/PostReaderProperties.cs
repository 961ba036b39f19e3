using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

/// <summary>Whatever a file holds, reading it ends with a document.</summary>
public sealed class PostReaderProperties
{
    // What front matter is made of, so that random posts get far into the parsers.
    private static readonly string[] Pieces =
    [
        "---\n", "...\n", "+++\n", "title", "tags", "categories", "date", "published", ": ", ":\n", "- ", "\n", "\n  ", " ", "\t", "[", "]", "{", "}", ",", "\"", "'", "\\x4", "\\u12",
        "&a ", "*a", "<<: ", "!!str ", "!<", "|\n", ">-\n", "# c", "%YAML 1.", "? ", "@", "`", "2024-05-01", "10:00:00", " +0200", "pm", "yes", "null", "~", "é", "\u200B", "\uFEFF", "\0", "\r\n", "=", "\"\"\"", "12", "2024",
    ];

    [Fact]
    public void Random_bytes_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => IsSound(Read(bytes))).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Random_pieces_of_front_matter_never_throw() =>
        Prop.ForAll(Gen.Elements(Pieces).ListOf().ToArbitrary(), pieces => IsSound(Read(Encoding.UTF8.GetBytes("---\n" + string.Concat(pieces) + "\n---\nBody\n"))))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5000).WithEndSize(60));

    [Fact]
    public void Random_toml_never_throws() =>
        Prop.ForAll(Gen.Elements(Pieces).ListOf().ToArbitrary(), pieces => IsSound(Read(Encoding.UTF8.GetBytes("+++\n" + string.Concat(pieces) + "\n+++\nBody\n"))))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(40));

    [Fact]
    public void Random_configurations_never_throw() =>
        Prop.ForAll(Gen.Elements([.. Pieces, "defaults", "scope", "values", "path", "type", "permalink", "exclude", "source", "timezone"]).ListOf().ToArbitrary(), pieces =>
        {
            var site = SiteConfig.Parse(string.Concat(pieces), "");
            return site.RelativePath("a/_posts/2024-05-01-x.md").Length > 0 && (site.Mapping is not null || site.Title is null);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(40));

    [Fact]
    public void Random_names_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), name =>
        {
            var path = $"_posts/2024-05-01-{name}.md";
            return PostPath.TryParse(path) is not { } post || (post.Date == new DateOnly(2024, 5, 1) && IsSound(Read("x"u8.ToArray(), path)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static PostDocument Read(byte[] bytes, string path = "_posts/2024-05-01-a.md") =>
        new PostReader(SiteConfig.Default(""), PostReaderOptions.Default, TimeProvider.System).Read(path, bytes);

    private static bool IsSound(PostDocument document) =>
        document.Title.Length > 0 && !document.Title.Contains('\n') && !document.Text.Contains('\0') && document.Skipped is null == !string.IsNullOrWhiteSpace(document.Text)
        && document.Tags.All(tag => tag.Length > 0) && PostDocument.FromJson(document.ToJson()).Title == document.Title;
}
