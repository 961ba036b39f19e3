using Pipeline.Privacy;

namespace Pipeline.Corpus;

/// <summary>How a corpus is put together.</summary>
public sealed record CorpusOptions
{
    /// <summary>Posts whose sets of shingles overlap by this much (Jaccard index, 0.7 to 1) count as one; null keeps all but exact duplicates.</summary>
    public double? NearDuplicateSimilarity { get; init; } = 0.8;

    /// <summary>The share of the kept posts, the newest, that is held out; 0 to below 1. At least one post is, if there are two.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>What the owner keeps out of it, whatever the documents say: they may be from before a pattern was set.</summary>
    public PrivatePatterns Private { get; init; } = PrivatePatterns.None;

    /// <summary>Refuses values that make no sense.</summary>
    /// <exception cref="ArgumentException">The message names the value.</exception>
    internal void Check()
    {
        if (NearDuplicateSimilarity is { } similarity && similarity is not (>= 0.7 and <= 1))
        {
            throw new ArgumentException($"A near-duplicate similarity of {similarity} is not within 0.7 to 1: posts less alike are not found reliably.");
        }

        if (ValidationShare is not (>= 0 and < 1))
        {
            throw new ArgumentException($"A validation share of {ValidationShare} is not within 0 to below 1.");
        }
    }
}
