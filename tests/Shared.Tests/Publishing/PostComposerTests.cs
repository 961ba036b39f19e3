using Pipeline.Posts;
using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed class PostComposerTests
{
    private static readonly HashSet<string> None = [];

    [Fact]
    public void The_date_is_a_minute_ago_in_the_sites_zone()
    {
        var post = Compose("2024-07-01T12:00:30Z", new DateOnly(2024, 7, 1));

        Assert.Equal(new DateTimeOffset(2024, 7, 1, 13, 59, 30, TimeSpan.FromHours(2)), post.File.Date);
        Assert.Contains("date: 2024-07-01 13:59:30 +0200\n", post.Text, StringComparison.Ordinal);
        Assert.Equal("_posts/2024-07-01-a-calm-week.md", post.File.Path);
        Assert.Equal("/2024/07/01/a-calm-week.html", post.Url);
    }

    [Theory]
    [InlineData("2024-07-01T12:00:30Z", "2024-07-03", "2024-07-01T13:59:30+02:00")]
    [InlineData("2024-07-05T12:00:30Z", "2024-07-03", "2024-07-03T13:59:30+02:00")]
    [InlineData("2024-06-30T22:00:20Z", "2024-07-01", "2024-07-01T00:00:00+02:00")]
    [InlineData("2024-04-01T00:31:00Z", "2024-03-31", "2024-03-31T03:30:00+02:00")]
    public void The_date_is_never_ahead_of_the_clock(string now, string day, string date) =>
        Assert.Equal(DateTimeOffset.Parse(date, null), Compose(now, DateOnly.Parse(day, null)).File.Date);

    [Fact]
    public void Only_the_blogs_own_words_are_used()
    {
        var post = Compose("2024-07-01T12:00:30Z", new DateOnly(2024, 7, 1), Drafts.Draft(categories: ["SEA", "invented"], tags: ["Tide", "tide", "nonsense"]));

        Assert.Equal(["sea"], post.File.Categories);
        Assert.Equal(["tide"], post.File.Tags);
    }

    [Fact]
    public void A_name_that_is_taken_gets_a_number()
    {
        Assert.Equal("_posts/2024-05-01-old-post-2.md", Compose("2024-05-01T12:00:00Z", new DateOnly(2024, 5, 1), Drafts.Draft("Old post", categories: ["sea"])).File.Path);
        Assert.Equal("_posts/2024-07-01-a-calm-week-2.md", Compose("2024-07-01T12:00:00Z", new DateOnly(2024, 7, 1), taken: ["a-calm-week"]).File.Path);
    }

    [Fact]
    public void A_url_that_is_taken_gets_a_number()
    {
        var site = SiteConfig.Parse("permalink: /:title/", "");
        var blog = BlogProfile.Read([Drafts.Post("_posts/2020-01-01-a-calm-week.md", "title: A calm week")], site);

        var post = new PostComposer(blog, new FixedClock("2024-07-01T12:00:00Z")).Compose(Drafts.Draft(), new DateOnly(2024, 7, 1), None);

        Assert.Equal("/a-calm-week-2/", post.Url);
    }

    [Fact]
    public void Title_and_body_are_made_harmless()
    {
        var post = Compose("2024-07-01T12:00:30Z", new DateOnly(2024, 7, 1), Drafts.Draft("# <b onclick='x()'>Bold</b> {{ title }}\nnext", "<script>x()</script>\n\n{{ content }}"));

        Assert.Equal("Bold title next", post.File.Title);
        Assert.Equal("&#123;{ content }}\n", post.File.Body);
    }

    [Theory]
    [InlineData("", "Text")]
    [InlineData("<br>", "Text")]
    [InlineData("Title", " \n")]
    [InlineData("Title", "<script>x()</script>")]
    public void A_draft_of_which_nothing_is_left_is_refused(string title, string body) =>
        Assert.Throws<FormatException>(() => Compose("2024-07-01T12:00:30Z", new DateOnly(2024, 7, 1), Drafts.Draft(title, body)));

    private static ComposedPost Compose(string now, DateOnly day, PostDraft? draft = null, HashSet<string>? taken = null)
    {
        var blog = BlogProfile.Read(
            [Drafts.Post("_posts/2024-05-01-old-post.md", "title: \"Old post\"\ndate: 2024-05-01 10:00:00 +0200\ncategories: [sea]\ntags: [tide]")],
            SiteConfig.Parse("timezone: Europe/Berlin", ""));
        return new PostComposer(blog, new FixedClock(now)).Compose(draft ?? Drafts.Draft(), day, taken ?? None);
    }
}
