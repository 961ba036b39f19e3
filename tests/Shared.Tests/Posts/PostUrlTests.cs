using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

/// <summary>Expected addresses are those of pages that Jekyll 4.3.1 wrote.</summary>
public sealed class PostUrlTests
{
    [Theory]
    [InlineData("date", "/life/2024/05/01/My_post-1.html")]
    [InlineData("pretty", "/life/2024/05/01/My_post-1/")]
    [InlineData("ordinal", "/life/2024/122/My_post-1.html")]
    [InlineData("weekdate", "/life/2024/W18/Wed/My_post-1.html")]
    [InlineData("none", "/life/My_post-1.html")]
    [InlineData("/:short_year/:i_month/:short_month/:i_day/:long_day/:slug/", "/24/5/May/1/Wednesday/my-post-1/")]
    [InlineData("/:hour:minute:second/:year_:month/:title", "/123456/2024_05/My_post-1")]
    [InlineData("/x/../y//:categories/:slugified_categories/:title/", "/x/y/life/life/My_post-1/")]
    public void Every_part_of_a_template_is_known(string permalink, string expected) =>
        Assert.Equal(expected, Of($"permalink: {permalink}", "_posts/2024-05-01-My_post 1.md", "categories: Life\ndate: 2024-05-01 12:34:56"));

    [Fact]
    public void A_posts_own_permalink_wins_then_its_collections()
    {
        const string site = "permalink: none\ncollections:\n  posts:\n    permalink: /news/:title/\n";

        Assert.Equal("/news/a/", Of(site, "_posts/2024-05-01-a.md", "x: y"));
        Assert.Equal("/own.xhtml", Of(site, "_posts/2024-05-01-a.md", "permalink: own.xhtml"));
        Assert.Equal("/news/other/", Of(site, "_posts/2024-05-01-a.md", "slug: other"));
    }

    [Fact]
    public void Odd_characters_are_encoded_or_become_hyphens() =>
        Assert.Equal("/2020/01/05/Z%C3%A4hl_en-(1)-+-x-&-b-2.html", Of("", "_posts/2020-01-05-Zähl_en (1) + [x] & b#2.md", ""));

    [Fact]
    public void A_part_that_jekyll_does_not_know_is_an_error() =>
        Assert.Contains(":nonsense", Assert.Throws<BlogException>(() => Of("permalink: /:nonsense/", "_posts/2024-05-01-a.md", "")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("The _config.yml file!", "the-config-yml-file")]
    [InlineData("  Ünïcode & more  ", "ünïcode-more")]
    [InlineData("---", "")]
    public void A_slug_has_letters_digits_and_single_hyphens(string text, string expected) => Assert.Equal(expected, PostUrl.Slug(text));

    private static string Of(string config, string path, string yaml) =>
        PostUrl.For(SiteConfig.Parse(config, ""), path, FrontMatter.Parse($"---\n{yaml}\n---\n", path));
}
