namespace Pipeline.Collecting;

/// <summary>Something that holds posts: a feed, an export, an archive, a folder.</summary>
public interface IPostSource
{
    /// <summary>Its name for messages: a path or an address.</summary>
    string Name { get; }

    /// <summary>The word that sets its posts' ids apart from those of other kinds of sources.</summary>
    string Kind { get; }

    /// <summary>
    /// Reads the posts one after the other, with one of them in memory at a time. What cannot be read is told to <paramref name="log"/> and left out.
    /// </summary>
    IAsyncEnumerable<CollectedPost> ReadAsync(CollectLog log, CancellationToken cancellationToken);
}
