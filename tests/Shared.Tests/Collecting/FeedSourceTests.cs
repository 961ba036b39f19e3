using System.Text;
using Pipeline.Collecting;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class FeedSourceTests : IDisposable
{
    private const string Rss = """
        <?xml version="1.0" encoding="UTF-8"?>
        <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Garden</title>
        <item><title>Beans &amp;amp; peas</title><guid>g1</guid><pubDate>Sat, 02 Mar 2024 10:30:00 +0100</pubDate><category>Vegetables</category>
          <description>Short.</description><content:encoded><![CDATA[<p>Beans climb <em>high</em> with {{ poles }}.</p>]]></content:encoded></item>
        <item><title>Rain</title><guid>g2</guid><pubDate>Sun, 03 Mar 2024 10:30:00 GMT</pubDate><description>&lt;p&gt;It rained.&lt;/p&gt;</description></item>
        </channel></rss>
        """;

    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task An_RSS_feed_gives_its_full_texts_with_date_and_tags()
    {
        _collection.Write("feed.xml", Rss);

        var result = await _collection.CollectAsync("feed.xml");

        Assert.Equal(new CollectResult(2, 2, 0, 0, 0), result);
        Assert.Empty(_collection.Log.Problems);
        var documents = _collection.Documents();
        Assert.Equal(["_posts/2024-03-02-beans-peas.html", "_posts/2024-03-03-rain.html"], documents.Select(document => document.Path));
        Assert.Equal("Beans & peas", documents[0].Title);
        Assert.Equal("Beans climb high with {{ poles }}.", documents[0].Text.Trim());
        Assert.Equal(["Vegetables"], documents[0].Tags);
        Assert.Equal(DateTimeOffset.Parse("2024-03-02T09:30:00Z", null), documents[0].Date!.Value.ToUniversalTime());
        Assert.Equal("It rained.", documents[1].Text.Trim());
    }

    [Fact]
    public async Task Atom_content_may_be_XHTML_HTML_or_text()
    {
        _collection.Write("atom.xml", """
            <feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>
            <entry><id>a</id><title>One</title><published>2024-01-02T03:04:05Z</published><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Bread<br/>&amp; <b>salt</b></p></div></content></entry>
            <entry><id>b</id><title type="html">&lt;i&gt;Two&lt;/i&gt;</title><updated>2024-01-03T00:00:00Z</updated><category term="food"/><content type="html">&lt;p&gt;Soup&lt;/p&gt;</content></entry>
            <entry><id>c</id><title>Three</title><updated>2024-01-04T00:00:00Z</updated><content>1 &lt; 2</content></entry>
            </feed>
            """);

        await _collection.CollectAsync("atom.xml");

        Assert.Empty(_collection.Log.Problems);
        var documents = _collection.Documents();
        Assert.Equal(["One", "Two", "Three"], documents.Select(document => document.Title));
        Assert.Equal(["Bread\n& salt", "Soup", "1 < 2"], documents.Select(document => document.Text.Trim()));
        Assert.Equal(["food"], documents[1].Tags);
    }

    [Fact]
    public async Task A_second_run_writes_only_what_is_new_or_changed()
    {
        _collection.Write("feed.xml", Rss);
        await _collection.CollectAsync("feed.xml");
        Assert.Equal(new CollectResult(2, 0, 0, 2, 0), await _collection.CollectAsync("feed.xml"));

        _collection.Write("feed.xml", Rss.Replace("It rained.", "It rained all day.", StringComparison.Ordinal)
            .Replace("</channel>", "<item><title>Sun</title><guid>g3</guid><pubDate>Mon, 04 Mar 2024 10:30:00 GMT</pubDate><description>Sun at last.</description></item></channel>", StringComparison.Ordinal));

        Assert.Equal(new CollectResult(3, 1, 1, 1, 0), await _collection.CollectAsync("feed.xml"));
        Assert.Equal("It rained all day.", _collection.Documents()[1].Text.Trim());
    }

    [Fact]
    public async Task Starting_over_deletes_what_was_collected_and_nothing_else()
    {
        _collection.Write("feed.xml", Rss);
        _collection.Write("blog/_posts/2020-01-01-mine.md", "---\ntitle: Mine\n---\nText.\n");
        await _collection.CollectAsync("feed.xml");

        await new CollectedFolder(_collection.Blog).StartOverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["_posts/2020-01-01-mine.md"], _collection.Documents().Select(document => document.Path));
    }

    [Fact]
    public async Task A_feed_that_is_cut_off_gives_what_comes_before()
    {
        _collection.Write("feed.xml", Rss[..Rss.IndexOf("It rained", StringComparison.Ordinal)]);

        var result = await _collection.CollectAsync("feed.xml");

        Assert.Equal(1, result.Added);
        Assert.Contains("feed.xml: the XML breaks off", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entity_bomb_is_refused()
    {
        _collection.Write("feed.xml", """<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel><item><guid>1</guid><description>&b;</description></item></channel></rss>""");

        var result = await _collection.CollectAsync("feed.xml");

        Assert.Equal(0, result.Read);
        Assert.Contains("document type", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_encodings_and_control_characters_are_read_all_the_same()
    {
        var bytes = Encoding.Latin1.GetBytes(Rss.Replace("It rained.", "Caf\u00E9 \u0001closed.", StringComparison.Ordinal));
        _collection.Write("feed.xml", bytes);

        await _collection.CollectAsync("feed.xml");

        Assert.Empty(_collection.Log.Problems);
        Assert.Equal("Caf\u00E9 closed.", string.Join(' ', _collection.Documents()[1].Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public async Task Items_without_id_or_date_and_repeated_ids_are_told_and_the_rest_goes_on()
    {
        _collection.Write("feed.xml", """
            <rss><channel>
            <item><title>No id</title><pubDate>Sat, 02 Mar 2024 10:30:00 GMT</pubDate><description>a</description></item>
            <item><title>No date</title><guid>1</guid><description>b</description></item>
            <item><title>Good</title><guid>2</guid><pubDate>Sat, 02 Mar 2024 10:30:00 GMT</pubDate><description>c</description></item>
            <item><title>Twice</title><guid>2</guid><pubDate>Sat, 02 Mar 2024 10:30:00 GMT</pubDate><description>d</description></item>
            <item><title>Same text</title><guid>3</guid><pubDate>Sat, 02 Mar 2024 10:30:00 GMT</pubDate><description>c</description></item>
            </channel></rss>
            """);

        var result = await _collection.CollectAsync("feed.xml");

        Assert.Equal(new CollectResult(3, 1, 0, 0, 2), result);
        Assert.Equal(3, _collection.Log.Problems.Count);
        Assert.All(_collection.Log.Problems, problem => Assert.Contains("feed.xml", problem, StringComparison.Ordinal));
    }
}
