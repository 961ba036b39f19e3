using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>
/// The posts of a Mastodon archive: the activities of <c>outbox.json</c> (https://www.w3.org/TR/activitystreams-vocabulary/). Only what
/// everybody could read is taken; boosts are not the author's and never taken.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="name">What messages call the archive.</param>
/// <param name="options">Which posts are wanted.</param>
public sealed partial class MastodonSource(string path, string name, CollectOptions options) : IPostSource
{
    // As JSON-LD may shorten it, by https://www.w3.org/TR/activitypub/#public-addressing.
    private static readonly string[] Everybody = ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"];

    private static readonly string[] Quotes = ["quote", "quoteUri", "quoteUrl", "_misskey_quote"];

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public string Kind => "mastodon";

    /// <inheritdoc />
    public async IAsyncEnumerable<CollectedPost> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        var misfits = new MisfitCount(name, "id, content and date");
        await foreach (var activity in new JsonItemReader(path, "orderedItems", "outbox of a Mastodon archive (orderedItems)").ReadAsync(log, cancellationToken))
        {
            var fits = TryPost(activity, log, out var post);
            misfits.Add(fits);
            if (post is not null)
            {
                yield return post;
            }
        }

        misfits.Tell(log);
    }

    private bool TryPost(JsonElement activity, CollectLog log, out CollectedPost? post)
    {
        post = null;
        if (activity.Text("type") is not { } type)
        {
            return false;
        }

        if (type != "Create")
        {
            log.Omit(type == "Announce" ? "boosts" : $"activities of type {PostFileText.Line(type)}");
            return true;
        }

        if (activity.Member("object") is not { } note || note.Text("id") is not { } id || note.Text("content") is not { } content
            || XmlPosts.Date(note.Text("published") ?? activity.Text("published")) is not { } date)
        {
            return false;
        }

        if (WhyLeftOut(note, activity) is { } reason)
        {
            log.Omit(reason);
            return true;
        }

        var html = QuoteLink().Replace(content, "");
        post = new(id, Title(note, html), date, html, PostMarkup.Html)
        {
            Tags = [.. note.Member("tag").List().Where(tag => tag.Text("type") == "Hashtag").Select(tag => tag.Text("name")?.TrimStart('#')).OfType<string>()],
            Language = note.Member("contentMap") is { ValueKind: JsonValueKind.Object } map && map.EnumerateObject().Select(entry => entry.Name).ToList() is [{ Length: 2 } language] ? language : null,
        };
        return true;
    }

    // An article has a name; a warning about the content says what it is about.
    private static string Title(JsonElement note, string html) => note.Text("name") is { } title ? PostFileText.Line(title)
        : note.Text("summary") is { } summary ? PlainText.TitleOf(PlainText.OfHtml(summary))
        : PlainText.TitleOf(PlainText.OfHtml(html));

    private string? WhyLeftOut(JsonElement note, JsonElement activity) =>
        !IsPublic(note) || !IsPublic(activity) ? "not public"
            : note.Member("inReplyTo") is not null && !options.Replies ? "replies; --replies takes them"
            : Array.Exists(Quotes, key => note.Member(key) is not null) && !options.Quotes ? "quotes; --quotes takes them"
            : null;

    private static bool IsPublic(JsonElement thing) =>
        thing.Member("to").List().Concat(thing.Member("cc").List()).Any(receiver => Array.IndexOf(Everybody, JsonFields.TextOf(receiver)) >= 0);

    // For readers that know no quotes Mastodon puts a link to the quoted post first.
    [GeneratedRegex("""<p class="quote-inline">.{0,2000}?</p>""", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex QuoteLink();
}
