using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

public sealed class SiteConfigTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var site = SiteConfig.Parse("title: T\nlocale: de_AT\ntimezone: Europe/Vienna\nfuture: yes\npermalink: pretty\nexcerpt_separator: <!--more-->\nsass: {style: :compressed}\n", "docs/");

        Assert.Equal(("docs", "T", "de", "Europe/Vienna", true), (site.SiteRoot, site.Title, site.Language, site.TimeZone.Id, site.Future));
        Assert.Equal(("/:categories/:year/:month/:day/:title/", "<!--more-->"), (site.Permalink, site.ExcerptSeparator));
        Assert.Empty(site.Warnings);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("- a list\n")]
    public void What_is_missing_is_jekylls_default(string yaml)
    {
        var site = SiteConfig.Parse(yaml, "");

        Assert.Equal(TimeZoneInfo.Utc, site.TimeZone);
        Assert.Equal("/:categories/:year/:month/:day/:title:output_ext", site.Permalink);
        Assert.False(site.Future);
        Assert.Null(site.Title);
    }

    [Fact]
    public void Yaml_that_does_not_parse_and_unknown_zones_are_reported()
    {
        Assert.StartsWith("_config.yml:1:", Assert.Single(SiteConfig.Parse("a: b: c", "").Warnings), StringComparison.Ordinal);
        Assert.Contains("Mars/Olympus", Assert.Single(SiteConfig.Parse("timezone: Mars/Olympus", "").Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "_posts/a.md", "")]
    [InlineData("", "docs", "docs/_posts/a.md", "docs")]
    [InlineData("source: src", "", "src/_posts/a.md", "src")]
    [InlineData("source: ./src/", "", "src/_posts/a.md", "src")]
    [InlineData("source: .build/src", "", "src/_posts/a.md", "src")]
    [InlineData("source: src", "", "_posts/a.md", "")]
    [InlineData("collections_dir: c", "docs", "docs/c/_posts/a.md", "docs/c")]
    public void The_source_is_found_from_a_path(string yaml, string root, string path, string expected) =>
        Assert.Equal(expected, SiteConfig.Parse(yaml, root).SourceRoot(path));
}
