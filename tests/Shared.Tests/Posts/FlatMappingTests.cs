using FsCheck;
using FsCheck.Fluent;
using Pipeline.Posts;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Shared.Tests.Posts;

/// <summary>The shortcut for usual heads gives the nodes that YamlDotNet gives, or nothing.</summary>
public sealed class FlatMappingTests
{
    // Heads that are nearly always flat, with everything in between that could make them mean something else.
    private static readonly string[] Pieces =
    [
        "title: ", "tags:", "tags: ", "categories:\n", "key:\n", "date: 2024-05-01", "layout: post\n", "published: true\n", "a", "some words", "it's", "\"", "'", "\"quoted words\"",
        "'single'", "[a, b c]", "[", "]", ",", "- item\n", "  - item\n", "- ", "  ", " ", "\n", "\n\n", "\r\n", "\r", "\t", "# note\n", " #", "#", ": ", ":", "é", "ü", "Жизнь", "\u00A0",
        "\u2028", "\uFEFF", "\uD83D\uDE00", "\u0085", "http://x.org/a?b=c#d", "/a/:title/", "{", "}", "&", "*", "!", "|", ">", "|\n", "%", "@", "`", "?", "? ", "-", "--- ", "...", "<<: ", "null", "~",
        "\\", "\\n", "12:30", "1.5", "(c)", "x", "image:\n", "  path: a\n", "  path: &x /a.png\n", "  copy: *x\n", "&x ", "*x", "    deep: b\n", "\"two\nlines\"", "title: \"one\n",
    ];

    [Fact]
    public void Random_heads_are_read_as_the_parser_reads_them()
    {
        var read = 0;
        Prop.ForAll(Gen.Elements(Pieces).ListOf().ToArbitrary(), pieces =>
        {
            var yaml = string.Concat(pieces);
            if (FlatMapping.TryRead(yaml) is not { } flat)
            {
                return true;
            }

            read++;
            return Same(flat, YamlComposer.ComposeByParser(yaml));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60_000).WithEndSize(14));
        Assert.True(read > 1000, $"Only {read} random heads were flat.");
    }

    [Fact]
    public void Heads_of_real_blogs_are_read_as_the_parser_reads_them()
    {
        var (flat, all) = (0, 0);
        foreach (var site in Directory.GetDirectories(Testing.ProjectFolders.Shared("blogs")).Select(blog => Path.Combine(blog, "site")))
        {
            var blog = BlogFolder.Open(site);
            foreach (var path in blog.PostFiles(drafts: true))
            {
                var text = PostEncoding.Decode(blog.ReadPost(path).Span, []);
                var block = FrontMatterBlock.Locate(text);
                if (block.Form != FrontMatterForm.Yaml)
                {
                    continue;
                }

                all++;
                var yaml = text.Substring(block.Start, block.Length);
                if (FlatMapping.TryRead(yaml) is { } mapping)
                {
                    flat++;
                    Assert.True(Same(mapping, YamlComposer.ComposeByParser(yaml)), path);
                }
            }
        }

        Assert.True(flat > all * 9 / 10, $"Only {flat} of {all} heads were flat.");
    }

    [Theory]
    [InlineData("title: a: b\n")]
    [InlineData("title: a #b\n")]
    [InlineData("title: a\n  b\n")]
    [InlineData("title:\n  a\n")]
    [InlineData("tags: [a, [b]]\n")]
    [InlineData("title: |\n  a\n")]
    [InlineData("title: \"a\\nb\"\n")]
    [InlineData("<<: a\n")]
    [InlineData("tags:\n  - a\n    b\n")]
    [InlineData("tags:\n  - a: b\n")]
    [InlineData("image:\n  a: b\n    c: d\n")]
    [InlineData("image:\n  a:\n    c: d\n")]
    [InlineData("image:\n  a: b\n c: d\n")]
    [InlineData("image: *unknown\n")]
    [InlineData("no key\n")]
    [InlineData("")]
    public void What_could_mean_something_else_goes_to_the_parser(string yaml) => Assert.Null(FlatMapping.TryRead(yaml));

    [Fact]
    public void Of_equal_keys_the_last_one_counts() =>
        Assert.Equal("b", ((YamlScalarNode)FlatMapping.TryRead("title: a\ntitle: b\n")!.Children["title"]).Value);

    private static bool Same(YamlNode? left, YamlNode? right) => (left, right) switch
    {
        (YamlScalarNode a, YamlScalarNode b) => a.Value == b.Value && a.Style == b.Style && a.Tag == b.Tag,
        (YamlSequenceNode a, YamlSequenceNode b) => a.Tag == b.Tag && a.Children.Count == b.Children.Count && a.Children.Zip(b.Children).All(pair => Same(pair.First, pair.Second)),
        (YamlMappingNode a, YamlMappingNode b) => a.Tag == b.Tag && a.Children.Count == b.Children.Count
            && a.Children.Zip(b.Children).All(pair => Same(pair.First.Key, pair.Second.Key) && Same(pair.First.Value, pair.Second.Value)),
        _ => left is null && right is null,
    };
}
