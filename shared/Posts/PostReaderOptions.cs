using Pipeline.Posts.Text;
using Pipeline.Privacy;

namespace Pipeline.Posts;

/// <summary>Which posts are kept, and what of their text.</summary>
public sealed record PostReaderOptions
{
    /// <summary>What Jekyll would publish, with the text as the training corpus wants it.</summary>
    public static PostReaderOptions Default { get; } = new();

    /// <summary>Whether files under <c>_drafts</c> are kept.</summary>
    public bool Drafts { get; init; }

    /// <summary>What of the text is kept; the excerpt separator comes from the blog.</summary>
    public PostTextOptions Text { get; init; } = PostTextOptions.Default;

    /// <summary>What the owner keeps out of the corpus.</summary>
    public PrivatePatterns Private { get; init; } = PrivatePatterns.None;

    /// <summary>Whether posts count that a model wrote (<c>ai_generated: true</c>): for those that a person has rewritten.</summary>
    public bool Generated { get; init; }
}
