using System.ComponentModel.DataAnnotations;

namespace Pipeline.Quality;

/// <summary>What a generated text must keep to. Every threshold belongs to one figure of the report.</summary>
public sealed class QualityOptions
{
    /// <summary>The longest run of tokens, in all, that may stand in the corpus word for word; from here on the text is refused.</summary>
    [Range(8, 100_000)]
    public int CopiedRun { get; set; } = 40;

    /// <summary>From this share of runs of eight tokens that the corpus has, the text is refused.</summary>
    [Range(0.0, 1.0)]
    public double SeenShare { get; set; } = 0.15;

    /// <summary>The least share of runs of four words that are different from each other.</summary>
    [Range(0.0, 1.0)]
    public double DistinctRuns { get; set; } = 0.75;

    /// <summary>The largest share of sentences that repeat an earlier one of the text.</summary>
    [Range(0.0, 1.0)]
    public double RepeatedSentences { get; set; } = 0.1;

    /// <summary>The least number of words.</summary>
    [Range(1, 100_000)]
    public int MinWords { get; set; } = 80;

    /// <summary>The largest number of words.</summary>
    [Range(1, 100_000)]
    public int MaxWords { get; set; } = 3000;

    /// <summary>The largest similarity to a recent or refused post: estimated Jaccard index of runs of five words.</summary>
    [Range(0.0, 1.0)]
    public double Similarity { get; set; } = 0.4;

    /// <summary>The least share of words that the corpus knows.</summary>
    [Range(0.0, 1.0)]
    public double KnownWords { get; set; } = 0.7;

    /// <summary>The least share of letters in the script that the blog is written in.</summary>
    [Range(0.0, 1.0)]
    public double ScriptShare { get; set; } = 0.8;

    /// <summary>Words and phrases that must not occur, compared without regard to case, as whole words.</summary>
    public IList<string> ForbiddenWords { get; } = [];
}
