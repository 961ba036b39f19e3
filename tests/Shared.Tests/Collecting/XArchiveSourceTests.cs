using System.Text;
using Pipeline.Collecting;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class XArchiveSourceTests : IDisposable
{
    private const string Archive = """
        window.YTD.tweets.part0 = [
          { "tweet" : { "id_str" : "1", "created_at" : "Wed Mar 13 23:16:18 +0000 2019", "lang" : "en",
            "full_text" : "Tea &amp; toast, see https://t.co/aaa https://t.co/pic",
            "entities" : { "hashtags" : [ { "text" : "breakfast" } ], "urls" : [ { "url" : "https://t.co/aaa", "expanded_url" : "https://example.org/toast" } ] } } },
          { "tweet" : { "id_str" : "2", "created_at" : "Thu Mar 14 08:00:00 +0000 2019", "full_text" : "@friend yes", "in_reply_to_user_id_str" : "9" } },
          { "tweet" : { "id_str" : "3", "created_at" : "Thu Mar 14 09:00:00 +0000 2019", "full_text" : "And the jam. A second thought.", "in_reply_to_status_id_str" : "1" } },
          { "tweet" : { "id_str" : "4", "created_at" : "Thu Mar 14 10:00:00 +0000 2019", "full_text" : "RT @other: not mine" } },
          { "tweet" : { "id_str" : "5", "created_at" : "Thu Mar 14 11:00:00 +0000 2019", "full_text" : "How true. https://t.co/q",
            "entities" : { "urls" : [ { "url" : "https://t.co/q", "expanded_url" : "https://x.com/other/status/77" } ] } } },
          { "tweet" : { "id_str" : "6", "created_at" : "Fri Mar 15 11:00:00 +0000 2024", "full_text" : "A long tale begins in the kitchen, where… https://t.co/l" } },
          { "tweet" : { "id_str" : "7", "created_at" : "Fri Mar 15 12:00:00 +0000 2024", "full_text" : "Typo", "edit_info" : { "initial" : { "editTweetIds" : [ "7", "8" ] } } } },
          { "tweet" : { "id_str" : "8", "created_at" : "Fri Mar 15 12:01:00 +0000 2024", "full_text" : "No typo", "lang" : "qme", "edit_info" : { "initial" : { "editTweetIds" : [ "7", "8" ] } } } }
        ]
        """;

    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task Own_posts_come_without_replies_quotes_reposts_and_earlier_edits()
    {
        _collection.Write("archive/data/tweets.js", Archive);
        _collection.Write("archive/data/note-tweet.js", """
            window.YTD.note_tweet.part0 = [ { "noteTweet" : { "createdAt" : "2024-03-15T11:00:00.000Z", "core" : { "text" : "A long tale begins in the kitchen, where the kettle sang all night." } } } ]
            """);

        var result = await _collection.CollectAsync("archive");

        Assert.Equal(new CollectResult(3, 3, 0, 0, 0), result);
        Assert.Empty(_collection.Log.Problems);
        Assert.Equal(
            new Dictionary<string, int> { ["quotes; --quotes takes them"] = 1, ["replaced by a later edit"] = 1, ["replies; --replies takes them"] = 2, ["reposts"] = 1 },
            _collection.Log.LeftOut);
        var documents = _collection.Documents();
        Assert.Equal(["Tea & toast, see https://example.org/toast", "A long tale begins in the kitchen, where the kettle sang all night.", "No typo"], documents.Select(document => document.Text.Trim()));
        Assert.Equal(["breakfast"], documents[0].Tags);
        Assert.Equal(DateTimeOffset.Parse("2019-03-13T23:16:18Z", null), documents[0].Date!.Value.ToUniversalTime());
        Assert.Equal("A long tale begins in the kitchen, where the kettle sang all", documents[1].Title);
    }

    [Fact]
    public async Task Replies_and_quotes_come_when_they_are_asked_for()
    {
        _collection.Write("tweets.js", Archive);

        var result = await _collection.CollectAsync("tweets.js", new CollectOptions { Replies = true, Quotes = true });

        Assert.Equal(6, result.Added);
        Assert.Contains("How true.", _collection.Documents().Select(document => document.Text.Trim()));
    }

    [Fact]
    public async Task A_second_run_of_a_longer_archive_adds_what_is_new()
    {
        _collection.Write("tweets.js", Archive);
        await _collection.CollectAsync("tweets.js");
        _collection.Write("tweets.js", Archive.Replace("\n]", """, { "tweet" : { "id_str" : "9", "created_at" : "Sat Mar 16 12:00:00 +0000 2024", "full_text" : "New" } } ]""", StringComparison.Ordinal));

        Assert.Equal(new CollectResult(4, 1, 0, 3, 0), await _collection.CollectAsync("tweets.js"));
    }

    [Theory]
    [InlineData("\"No typo\"")]
    [InlineData("\"id_str\" : \"8\"")]
    [InlineData("\n]")]
    public async Task An_archive_that_is_cut_off_gives_what_comes_before(string place)
    {
        _collection.Write("tweets.js", Archive[..Archive.IndexOf(place, StringComparison.Ordinal)]);

        var result = await _collection.CollectAsync("tweets.js");

        Assert.InRange(result.Added, 2, 3);
        var problem = Assert.Single(_collection.Log.Problems);
        Assert.StartsWith(_collection.PathOf("tweets.js") + ": breaks off or is wrong after ", problem, StringComparison.Ordinal);
        Assert.Contains("Download the archive again", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_of_another_version_are_counted_in_one_line()
    {
        _collection.Write("tweets.js", """window.YTD.tweets.part0 = [ { "post" : { "rest_id" : "1" } }, { "tweet" : { "id_str" : "2", "created_at" : "Wed Mar 13 23:16:18 +0000 2019", "full_text" : "Soup" } }, 7, null ]""");

        var result = await _collection.CollectAsync("tweets.js");

        Assert.Equal(1, result.Added);
        Assert.Contains("3 of 4 entries have no id, text and date, the first is entry 1", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archives_from_before_2018_are_read()
    {
        _collection.Write("old/data/js/tweets/2012_05.js", """Grailbird.data.tweets_2012_05 = [ { "id_str" : "1", "created_at" : "2012-05-01 10:00:00 +0000", "text" : "Early bread" }, { "id_str" : "2", "created_at" : "2012-05-02 10:00:00 +0000", "text" : "x", "retweeted_status" : { "id_str" : "3" } } ]""");

        Assert.Equal(1, (await _collection.CollectAsync("old")).Added);
        Assert.Equal("Early bread", Assert.Single(_collection.Documents()).Text.Trim());
    }

    [Fact]
    public async Task Wrong_encodings_halves_of_characters_and_repeated_ids_are_survived()
    {
        var text = """window.YTD.tweets.part0 = [ { "tweet" : { "id_str" : "1", "created_at" : "Wed Mar 13 23:16:18 +0000 2019", "full_text" : "Café" } }, { "tweet" : { "id_str" : "1", "created_at" : "Wed Mar 13 23:16:18 +0000 2019", "full_text" : "Twice" } }, { "tweet" : { "id_str" : "3", "created_at" : "Wed Mar 13 23:16:18 +0000 2019", "full_text" : "\ud83d" } } ]""";
        _collection.Write("tweets.js", Encoding.Latin1.GetBytes(text));

        var result = await _collection.CollectAsync("tweets.js");

        Assert.Equal(new CollectResult(2, 1, 0, 0, 1), result);
        Assert.Equal("Café", Assert.Single(_collection.Documents()).Text.Trim());
        Assert.Equal(2, _collection.Log.Problems.Count);

        _collection.Write("utf16.js", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(text.Replace("Café", "Tee über Nacht", StringComparison.Ordinal).Replace("\"1\"", "\"5\"", StringComparison.Ordinal))]);
        await _collection.CollectAsync("utf16.js");
        Assert.Contains("Tee über Nacht", _collection.Documents().Select(document => document.Text.Trim()));
    }

    [Fact]
    public async Task A_file_that_is_something_else_is_refused_in_one_line()
    {
        _collection.Write("tweets.js", "let tweets = { a: 1 };");

        Assert.Equal(0, (await _collection.CollectAsync("tweets.js", SourceKind.X)).Read);
        Assert.Contains("is no file of posts as X writes it", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }
}
