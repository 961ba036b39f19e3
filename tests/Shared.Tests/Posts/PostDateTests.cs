using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

/// <summary>Dates against what Ruby 3.1 (<c>Time.parse(x).localtime</c> under TZ=America/New_York) and Jekyll 4.3 print.</summary>
public sealed class PostDateTests
{
    private static readonly SiteConfig NewYork = SiteConfig.Parse("timezone: America/New_York", "");

    [Theory]
    // Unquoted with seconds and no zone: a YAML time stamp, which is UTC.
    [InlineData("2024-01-06 02:00:00", "2024-01-05T21:00:00-05:00")]
    [InlineData("2024-01-06T02:00:00.987Z", "2024-01-05T21:00:00-05:00")]
    [InlineData("2013-05-06 02:12:52 +0200", "2013-05-05T20:12:52-04:00")]
    [InlineData("2014-01-05  10:00:00 -5", "2014-01-05T10:00:00-05:00")]
    // Text: the site's zone.
    [InlineData("'2024-01-06 02:00:00'", "2024-01-06T02:00:00-05:00")]
    [InlineData("2024-01-06 02:00", "2024-01-06T02:00:00-05:00")]
    [InlineData("2024-01-06", "2024-01-06T00:00:00-05:00")]
    [InlineData("2024-1-6", "2024-01-06T00:00:00-05:00")]
    [InlineData("2014/03/04", "2014-03-04T00:00:00-05:00")]
    [InlineData("2014.03.04", "2014-03-04T00:00:00-05:00")]
    [InlineData("20140305", "2014-03-05T00:00:00-05:00")]
    [InlineData("March 5, 2014", "2014-03-05T00:00:00-05:00")]
    [InlineData("5 Mar 2014 10:00", "2014-03-05T10:00:00-05:00")]
    [InlineData("Mon, 5 Mar 2014 10:00:00 PST", "2014-03-05T13:00:00-05:00")]
    [InlineData("5.3.2014", "2014-03-05T00:00:00-05:00")]
    [InlineData("2014-01-01 24:00", "2014-01-02T00:00:00-05:00")]
    [InlineData("2014-01-01 10pm", "2014-01-01T22:00:00-05:00")]
    [InlineData("2014-01-01 3:04 PM", "2014-01-01T15:04:00-05:00")]
    [InlineData("2014-01-01 10:00 IST", "2014-01-01T10:00:00-05:00")]
    [InlineData("2014-1-1 1:2", "2014-01-01T01:02:00-05:00")]
    [InlineData("2016-07-19 (optional)", "2016-07-19T00:00:00-04:00")]
    [InlineData("2016-07-19 at 10:00", "2016-07-19T10:00:00-04:00")]
    [InlineData("2016-07-19 12:00 (PST)", "2016-07-19T16:00:00-04:00")]
    [InlineData("2016-07-19 10:00-0500 foo", "2016-07-19T11:00:00-04:00")]
    [InlineData("2023-01-29 18:30:22 2023 -0800", "2023-01-29T18:30:22-05:00")]
    // The clocks' changes: a time that does not exist, one that exists twice.
    [InlineData("2014-03-09 02:30", "2014-03-09T03:30:00-04:00")]
    [InlineData("2014-11-02 01:30", "2014-11-02T01:30:00-05:00")]
    public void A_date_is_the_instant_that_jekyll_reads(string written, string expected)
    {
        var fields = Read($"date: {written}");

        Assert.Equal(expected, fields.Date?.ToString("yyyy-MM-ddTHH:mm:sszzz"));
        Assert.Empty(fields.Warnings);
    }

    [Theory]
    [InlineData("2024-13-45")]
    [InlineData("2024-01-05 25:00:00")]
    [InlineData("2024-01-05 10:61")]
    [InlineData("yesterday")]
    [InlineData("2014")]
    [InlineData("2014-01")]
    [InlineData("\"\"")]
    [InlineData("[2024-01-01]")]
    [InlineData("99999999999999999999")]
    public void A_date_that_cannot_be_read_gives_a_warning_and_the_names(string written)
    {
        var fields = Read($"date: {written}");

        Assert.Equal("2024-05-01T00:00:00-04:00", fields.Date?.ToString("yyyy-MM-ddTHH:mm:sszzz"));
        Assert.Single(fields.Warnings);
    }

    [Theory]
    [InlineData("_posts/14-01-26-x.md", "2014-01-26")]
    [InlineData("_posts/99-1-2-x.md", "1999-01-02")]
    [InlineData("_posts/2020-11-2-x.md", "2020-11-02")]
    public void A_name_may_be_short_of_digits(string path, string expected) => Assert.Equal(expected, Read("a: b", path).Date?.ToString("yyyy-MM-dd"));

    [Fact]
    public void The_end_of_the_calendar_is_no_trap()
    {
        Assert.Single(Read("date: 9999-12-31 23:59:59 -1400").Warnings);
        Assert.Single(Read("date: 0001-01-01 00:00:00 +1400").Warnings);
    }

    private static PostFields Read(string yaml, string path = "_posts/2024-05-01-x.md") =>
        PostFields.Read(NewYork, PostPath.TryParse(path)!, FrontMatter.Parse($"---\n{yaml}\n---\n", path));
}
