using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>One post as a source tells it, before it becomes a file of a blog.</summary>
/// <param name="Id">What names the post in its source, the same on every run.</param>
/// <param name="Title">The title on one line; empty if the source has none.</param>
/// <param name="Date">When it was published.</param>
/// <param name="Body">The text in its markup.</param>
/// <param name="Markup">What <paramref name="Body"/> is written in.</param>
public sealed record CollectedPost(string Id, string Title, DateTimeOffset Date, string Body, PostMarkup Markup)
{
    /// <summary>Categories in the source's order.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Tags in the source's order.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>ISO 639-1 code, null if the source does not say.</summary>
    public string? Language { get; init; }

    /// <summary>Whether the body is Liquid, as a Jekyll blog's is; what looks like it elsewhere is text.</summary>
    public bool IsLiquid { get; init; }

    /// <summary>Whether the source has no date and the file's time stands for it: it does not change a post that was collected before.</summary>
    public bool DateIsGuess { get; init; }
}
