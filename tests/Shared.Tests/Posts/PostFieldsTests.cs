using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

public sealed class PostFieldsTests
{
    [Theory]
    [InlineData("tags: [a, b c]", "a|b c")]
    [InlineData("tags:\n- a\n- b c", "a|b c")]
    [InlineData("tags: a b", "a|b")]
    [InlineData("tags: a\n  b", "a|b")]
    [InlineData("tag: t u", "t u")]
    [InlineData("tag: t\ntags: [u]", "t")]
    [InlineData("tag:\ntags: [u]", "u")]
    [InlineData("tags:", "")]
    [InlineData("tags: []", "")]
    [InlineData("tags: [a, null, ~, [b, c]]", "a|b|c")]
    [InlineData("tags: [2013, 1.10, yes]", "2013|1.10|yes")]
    [InlineData("tags: 2013", "2013")]
    public void Tags_follow_jekylls_rules(string yaml, string expected) => Assert.Equal(expected, string.Join('|', Read(yaml).Tags));

    [Theory]
    [InlineData("categories: one two", "one|two")]
    [InlineData("category: one two", "one two")]
    [InlineData("category: single\ncategories: [a, b]", "a|b|single")]
    [InlineData("categories: [a, b, a]", "a|b")]
    [InlineData("category: 2013", "2013")]
    [InlineData("categories: MixedCase", "MixedCase")]
    [InlineData("categories:", "")]
    public void Categories_follow_jekylls_rules(string yaml, string expected) => Assert.Equal(expected, string.Join('|', Read(yaml).Categories));

    [Fact]
    public void A_string_of_tags_with_commas_keeps_them_and_warns()
    {
        var fields = Read("tags: a, b c");

        Assert.Equal(["a,", "b", "c"], fields.Tags);
        Assert.Contains("commas", Assert.Single(fields.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_thousand_categories_are_no_burden() =>
        Assert.Equal(100_000, Read($"categories: {string.Join(' ', Enumerable.Range(0, 100_000).Select(number => $"c{number}"))}").Categories.Count);

    [Fact]
    public void Mappings_among_the_tags_are_left_out_with_one_warning()
    {
        var fields = Read("tags: [a, {b: c}, {d: e}]");

        Assert.Equal(["a"], fields.Tags);
        Assert.Single(fields.Warnings);
    }

    [Fact]
    public void Folders_above_the_posts_are_categories_before_the_others()
    {
        Assert.Equal(["a", "b", "c"], Read("categories: [c, a]", "a/b/_posts/2024-05-01-x.md").Categories);
        Assert.Empty(Read("x: y", "_posts/below/2024-05-01-x.md").Categories);
        Assert.Equal(["a"], Read("x: y", "docs/a/_posts/2024-05-01-x.md", SiteConfig.Default("docs")).Categories);
        Assert.Empty(Read("x: y", "content/_posts/2024-05-01-x.md", SiteConfig.Parse("collections_dir: content", "")).Categories);
        Assert.Empty(Read("x: y", "src/_posts/2024-05-01-x.md", SiteConfig.Parse("source: .build/src", "")).Categories);
    }

    [Theory]
    [InlineData("title: 2048", "2048")]
    [InlineData("title: Yes", "Yes")]
    [InlineData("title: \"  a\\tb \"", "a b")]
    [InlineData("title: |\n  two\n  lines\n", "two lines")]
    [InlineData("title: \"no\\u00A0break \\u200Bhere\"", "no break here")]
    [InlineData("title:", "My Api 2 Go")]
    [InlineData("title: \"\"", "My Api 2 Go")]
    [InlineData("title: [a, b]", "My Api 2 Go")]
    [InlineData("layout: x", "My Api 2 Go")]
    public void The_title_is_one_line_of_text_or_comes_from_the_name(string yaml, string expected) =>
        Assert.Equal(expected, Read(yaml, "_posts/2024-05-01-my-API-2-gO...md").Title);

    [Theory]
    [InlineData("published: false", false)]
    [InlineData("published: no", false)]
    [InlineData("published: \"false\"", false)]
    [InlineData("published:", false)]
    [InlineData("published: true", true)]
    [InlineData("published: maybe", true)]
    [InlineData("x: y", true)]
    public void The_author_can_keep_a_post_back(string yaml, bool expected) => Assert.Equal(expected, Read(yaml).Published);

    [Fact]
    public void Defaults_fill_what_the_front_matter_lacks_the_nearer_scope_first()
    {
        var site = SiteConfig.Parse(
            """
            defaults:
            - scope: {path: "", type: posts}
              values: {tags: [all], lang: de, permalink: /far/:title/, categories: [general]}
            - scope: {path: _posts/near}
              values: {permalink: /near/:title/, published: false}
            - scope: {path: "", type: drafts}
              values: {tags: [draft]}
            - scope: {path: ""}
              values: {tags: [later but without a type]}
            """,
            "");

        var far = Read("categories: own", "_posts/2024-05-01-x.md", site);
        var near = Read("tags: [own]\nlang: null", "_posts/near/2024-05-01-x.md", site);

        Assert.Equal(["all"], far.Tags);
        Assert.Equal(["general", "own"], far.Categories);
        Assert.Equal("/far/x/", PostUrl.For(site, far));
        Assert.True(far.Published);
        Assert.Equal(["own"], near.Tags);
        Assert.Equal("de", near.Language);
        Assert.Equal("/near/x/", PostUrl.For(site, near));
        Assert.False(near.Published);
    }

    [Fact]
    public void The_nearest_excerpt_separator_counts()
    {
        var site = SiteConfig.Parse("excerpt_separator: <!--site-->\ndefaults:\n- scope: {path: a}\n  values: {excerpt_separator: <!--default-->}\n", "");

        Assert.Equal("<!--site-->", Read("x: y", "_posts/2024-05-01-x.md", site).ExcerptSeparator);
        Assert.Equal("<!--default-->", Read("x: y", "a/_posts/2024-05-01-x.md", site).ExcerptSeparator);
        Assert.Equal("<!--own-->", Read("excerpt_separator: <!--own-->", "a/_posts/2024-05-01-x.md", site).ExcerptSeparator);
    }

    private static PostFields Read(string yaml, string path = "_posts/2024-05-01-x.md", SiteConfig? site = null) =>
        PostFields.Read(site ?? SiteConfig.Default(""), PostPath.TryParse(path)!, FrontMatter.Parse($"---\n{yaml}\n---\n", path));
}
