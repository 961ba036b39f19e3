namespace Pipeline.Posts.Text;

/// <summary>Turns the body of a Jekyll post (what follows the front matter) into clean plain text.</summary>
public static class PostText
{
    /// <summary>The line that stands for a code block under <see cref="CodeText.Placeholder"/>.</summary>
    public const string CodePlaceholder = "[code]";

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
        return new PostTextExtractor().Extract(body, markup, options);
    }
}
