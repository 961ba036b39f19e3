using Pipeline.Testing;

namespace Pipeline.EndToEnd;

public sealed class CollectTests : IDisposable
{
    private const string Feed = """
        <rss version="2.0"><channel><title>Garden</title>
        <item><title>Beans</title><guid>g1</guid><pubDate>Sat, 02 Mar 2024 10:30:00 GMT</pubDate><description>&lt;p&gt;Beans climb high along their poles.&lt;/p&gt;</description></item>
        <item><title>Rain</title><guid>g2</guid><pubDate>Sun, 03 Mar 2024 10:30:00 GMT</pubDate><description>&lt;p&gt;It rained for the whole of the day.&lt;/p&gt;</description></item>
        <item><title>Sun</title><guid>g3</guid><pubDate>Mon, 04 Mar 2024 10:30:00 GMT</pubDate><description>&lt;p&gt;At noon the clouds went away.&lt;/p&gt;</description></item>
        </channel></rss>
        """;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_collected_feed_becomes_a_corpus()
    {
        var token = TestContext.Current.CancellationToken;
        var feed = _temporary.Sub("feed.xml");
        await File.WriteAllTextAsync(feed, Feed, token);
        string[] collect = ["collect", feed, "--out", _temporary.Sub("blog")];

        var first = await Programs.RunAsync(Programs.Functions, collect, token);
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.StartsWith("3 new posts", first.Output, StringComparison.Ordinal);
        var second = await Programs.RunAsync(Programs.Functions, collect, token);
        Assert.StartsWith("0 new posts, 0 changed, 3 unchanged", second.Output, StringComparison.Ordinal);
        var again = await Programs.RunAsync(Programs.Functions, [.. collect, "--force"], token);
        Assert.StartsWith("3 new posts", again.Output, StringComparison.Ordinal);

        var corpus = await Programs.RunAsync(Programs.Functions, ["corpus", "--blog", _temporary.Sub("blog"), "--out", _temporary.Sub("corpus")], token);
        Assert.True(corpus.ExitCode == 0, corpus.ToString());
        Assert.StartsWith("2 training posts, 1 held out", corpus.Output, StringComparison.Ordinal);
        Assert.Contains("Beans climb high", await File.ReadAllTextAsync(_temporary.Sub("corpus", "train.jsonl"), token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_of_no_known_kind_ends_with_exit_code_2_and_leaves_no_folder()
    {
        var token = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_temporary.Sub("notes.xml"), "<notes/>", token);

        var run = await Programs.RunAsync(Programs.Functions, ["collect", _temporary.Sub("notes.xml"), "--out", _temporary.Sub("blog")], token);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--kind", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_temporary.Sub("blog")));
    }
}
