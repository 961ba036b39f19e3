using Pipeline.Collecting;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class MastodonSourceTests : IDisposable
{
    private const string Public = "https://www.w3.org/ns/activitystreams#Public";

    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task Own_public_posts_come_without_replies_quotes_and_boosts()
    {
        _collection.Write("archive/outbox.json", Outbox(
            Note("1", "<p>The <a href=\"https://m.example/tags/sea\">#<span>sea</span></a> is calm.</p>", """ "contentMap":{"en":"x"},"tag":[{"type":"Hashtag","name":"#sea"},{"type":"Mention","name":"@a"}],"""),
            Note("2", "<p>Yes.</p>", """ "inReplyTo":"https://m.example/9","""),
            Note("3", "<p class=\"quote-inline\">RE: <a href=\"https://m.example/8\">8</a></p><p>Just so.</p>", """ "quote":"https://m.example/8","""),
            Note("4", "<p>For friends.</p>", "", "https://m.example/followers"),
            Note("5", "<p>Long story.</p>", """ "summary":"Weather talk","""),
            """{"type":"Announce","published":"2023-01-01T00:00:00Z","object":"https://m.example/7"}"""));

        var result = await _collection.CollectAsync("archive");

        Assert.Equal(2, result.Added);
        Assert.Empty(_collection.Log.Problems);
        Assert.Equal(["boosts", "not public", "quotes; --quotes takes them", "replies; --replies takes them"], _collection.Log.LeftOut.Keys);
        var documents = _collection.Documents();
        Assert.Equal(["Weather talk", "The #sea is calm."], documents.OrderByDescending(document => document.Title).Select(document => document.Title));
        Assert.Equal(["sea"], documents.Single(document => document.Title.StartsWith("The", StringComparison.Ordinal)).Tags);
    }

    [Fact]
    public async Task Quotes_that_are_asked_for_come_without_the_link_to_what_they_quote()
    {
        _collection.Write("outbox.json", Outbox(Note("3", "<p class=\"quote-inline\">RE: <a href=\"https://m.example/8\">8</a></p><p>Just so.</p>", """ "quoteUri":"https://m.example/8","""), Note("2", "<p>Yes.</p>", """ "inReplyTo":"https://m.example/9",""")));

        await _collection.CollectAsync("outbox.json", new CollectOptions { Quotes = true });

        Assert.Equal("Just so.", Assert.Single(_collection.Documents()).Text.Trim());
    }

    [Fact]
    public async Task An_outbox_that_is_cut_off_gives_what_comes_before()
    {
        var outbox = Outbox(Note("1", "<p>First.</p>"), Note("2", "<p>Second.</p>"));
        _collection.Write("outbox.json", outbox[..outbox.IndexOf("Second", StringComparison.Ordinal)]);

        Assert.Equal(1, (await _collection.CollectAsync("outbox.json")).Added);
        Assert.Contains("breaks off or is wrong after 1 entries", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_outbox_without_its_items_is_refused_in_one_line()
    {
        _collection.Write("outbox.json", """{"@context":"https://www.w3.org/ns/activitystreams","type":"OrderedCollection","first":"https://m.example/outbox?page=true"}""");

        Assert.Equal(0, (await _collection.CollectAsync("outbox.json")).Read);
        Assert.Contains("orderedItems", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_of_another_version_are_counted_and_the_rest_goes_on()
    {
        _collection.Write("outbox.json", Outbox("""{"kind":"post","html":"<p>x</p>"}""", """{"type":"Create","object":"https://m.example/1"}""", Note("1", "<p>First.</p>")));

        Assert.Equal(1, (await _collection.CollectAsync("outbox.json")).Added);
        Assert.Contains("2 of 3 entries", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    private static string Outbox(params string[] activities) =>
        $$"""{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","totalItems":{{activities.Length}},"orderedItems":[{{string.Join(",", activities)}}]}""";

    private static string Note(string id, string html, string more = "", string to = Public)
    {
        var content = System.Text.Json.JsonSerializer.Serialize(html);
        return $$"""{"type":"Create","to":["{{to}}"],"cc":[],"published":"2023-05-0{{id}}T10:00:00Z","object":{"id":"https://m.example/{{id}}","type":"Note",{{more}}"to":["{{to}}"],"cc":[],"published":"2023-05-0{{id}}T10:00:00Z","content":{{content}} } }""";
    }
}
