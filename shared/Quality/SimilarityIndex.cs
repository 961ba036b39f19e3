using Pipeline.Corpus;

namespace Pipeline.Quality;

/// <summary>Posts that a new one must not resemble: the newest ones, and those that were refused.</summary>
public sealed class SimilarityIndex
{
    private readonly List<(string Path, uint[] Signature)> _posts = [];

    /// <summary>Posts in the index.</summary>
    public int Count => _posts.Count;

    /// <summary>Takes in a post; one without words is passed over.</summary>
    /// <param name="path">The name that a match is reported under.</param>
    /// <param name="text">The post's text.</param>
    public void Add(string path, string text)
    {
        if (Shingles.Of(text) is { Length: > 0 } shingles)
        {
            _posts.Add((path, MinHash.Signature(shingles)));
        }
    }

    /// <summary>The post most like a text; null if the index or the text is empty.</summary>
    public SimilarPost? MostSimilar(string text)
    {
        if (Shingles.Of(text) is not { Length: > 0 } shingles || _posts.Count == 0)
        {
            return null;
        }

        var signature = MinHash.Signature(shingles);
        return _posts.Select(post => new SimilarPost(post.Path, MinHash.Estimate(signature, post.Signature))).MaxBy(post => post.Similarity);
    }
}
