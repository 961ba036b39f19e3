using System.Runtime.CompilerServices;
using System.Text.Json;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>
/// The posts of an archive from X, once Twitter: <c>tweets.js</c> (since 2018 <c>tweet.js</c>) with its parts and the long posts of
/// <c>note-tweet.js</c>, and the monthly files of the archives before. Reposts are not the author's and never taken.
/// </summary>
/// <param name="files">The files with posts.</param>
/// <param name="notes">The files with long posts, of which the others hold the beginning.</param>
/// <param name="name">What messages call the archive.</param>
/// <param name="options">Which posts are wanted.</param>
public sealed class XArchiveSource(IReadOnlyList<string> files, IReadOnlyList<string> notes, string name, CollectOptions options) : IPostSource
{
    private const string Expected = "file of posts as X writes it (window.YTD.tweets.part0 = [ … ])";

    // A long post is told from others of the same second by its beginning.
    private const int SameBeginning = 20;

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public string Kind => "x";

    /// <inheritdoc />
    public async IAsyncEnumerable<CollectedPost> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        var longTexts = await LongTextsAsync(log, cancellationToken);
        var misfits = new MisfitCount(name, "id, text and date");
        foreach (var file in files)
        {
            await foreach (var item in new JsonItemReader(file, list: null, Expected).ReadAsync(log, cancellationToken))
            {
                var fits = TryPost(item.Member("tweet") ?? item, longTexts, log, out var post);
                misfits.Add(fits);
                if (post is not null)
                {
                    yield return post;
                }
            }
        }

        misfits.Tell(log);
    }

    private async Task<ILookup<long, string>> LongTextsAsync(CollectLog log, CancellationToken cancellationToken)
    {
        var texts = new List<(long Second, string Text)>();
        foreach (var file in notes)
        {
            await foreach (var item in new JsonItemReader(file, list: null, Expected).ReadAsync(log, cancellationToken))
            {
                if (item.Member("noteTweet") is { } note && note.Member("core") is { } core && XPostText.Date(note.Text("createdAt")) is { } date && core.Text("text") is { } text)
                {
                    texts.Add((date.ToUnixTimeSeconds(), text));
                }
            }
        }

        return texts.ToLookup(text => text.Second, text => text.Text);
    }

    private bool TryPost(JsonElement tweet, ILookup<long, string> longTexts, CollectLog log, out CollectedPost? post)
    {
        post = null;
        if (tweet.Text("id_str", "id") is not { } id || tweet.Text("full_text", "text") is not { } written || XPostText.Date(tweet.Text("created_at")) is not { } date)
        {
            return false;
        }

        if (WhyLeftOut(tweet, id, written) is { } reason)
        {
            log.Omit(reason);
            return true;
        }

        var full = longTexts[date.ToUnixTimeSeconds()].FirstOrDefault(text => text.AsSpan().StartsWith(written.AsSpan(0, Math.Min(written.Length, SameBeginning)))) ?? written;
        var text = XPostText.Clean(full, tweet);
        var language = tweet.Text("lang");
        post = new(id, PlainText.TitleOf(text), date, PlainText.ToHtml(text), PostMarkup.Html)
        {
            Tags = [.. tweet.Member("entities").Member("hashtags").List().Select(tag => tag.Text("text")).OfType<string>()],
            // X marks what has no language with codes that begin with q, and with und and zxx.
            Language = language is { Length: 2 } ? language : null,
        };
        return true;
    }

    private string? WhyLeftOut(JsonElement tweet, string id, string text)
    {
        var reply = text.StartsWith('@') || tweet.Text("in_reply_to_status_id_str", "in_reply_to_status_id", "in_reply_to_user_id_str", "in_reply_to_user_id", "in_reply_to_screen_name") is not null;
        var quote = tweet.Text("quoted_status_id_str", "quoted_status_id") is not null || XPostText.Quoted(tweet).Any();
        return text.StartsWith("RT @", StringComparison.Ordinal) || tweet.Member("retweeted_status") is not null ? "reposts"
            : Edited(tweet).LastOrDefault(id) != id ? "replaced by a later edit"
            : reply && !options.Replies ? "replies; --replies takes them"
            : quote && !options.Quotes ? "quotes; --quotes takes them"
            : null;
    }

    private static IEnumerable<string> Edited(JsonElement tweet)
    {
        var info = tweet.Member("edit_info");
        var control = info.Member("initial") ?? info.Member("edit").Member("editControlInitial");
        return control.Member("editTweetIds").List().Select(JsonFields.TextOf).OfType<string>();
    }
}
