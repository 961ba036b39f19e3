namespace Pipeline.Posts.Text;

/// <summary>Turns the body of a Jekyll post (what follows the front matter) into clean plain text.</summary>
public static class PostText
{
    /// <summary>The line that stands for a code block under <see cref="CodeText.Placeholder"/>.</summary>
    public const string CodePlaceholder = "[code]";

    // An extractor's buffers are worth keeping for the next post, but not those that a giant one has left behind.
    private const int LongestReused = 1 << 18;

    [ThreadStatic]
    private static PostTextExtractor? _extractor;

    /// <summary>
    /// Removes Liquid, then markup, and keeps what a reader of the page would read as text. Never throws for bad content;
    /// time and memory grow with the length of <paramref name="body"/> alone, whatever it holds.
    /// </summary>
    /// <param name="body">The post without its front matter; CRLF, a byte order mark and invisible characters are allowed.</param>
    /// <param name="markup">What the body is written in.</param>
    /// <param name="options">Choices; <see cref="PostTextOptions.Default"/> for the training corpus.</param>
    public static PostTextResult Extract(string body, PostMarkup markup, PostTextOptions options)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(options);
        var extractor = Interlocked.Exchange(ref _extractor, null) ?? new PostTextExtractor();
        var result = extractor.Extract(body, markup, options);
        _extractor = body.Length <= LongestReused ? extractor : null;
        return result;
    }
}
