using Pipeline.Generation;
using Pipeline.Quality;

namespace Pipeline.Publishing;

/// <summary>What the owner should know of a generated post before merging it.</summary>
public sealed record ReportCard
{
    /// <summary>The day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Where the post comes from.</summary>
    public required PostProvenance Provenance { get; init; }

    /// <summary>All candidates of the day; the first is number 1.</summary>
    public required IReadOnlyList<CandidateReport> Candidates { get; init; }

    /// <summary>The number of the candidate that was taken.</summary>
    public required int Chosen { get; init; }

    /// <summary>How long writing and judging took, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>What that cost by the stated prices; null if none was stated.</summary>
    public double? Cost { get; init; }

    /// <summary>What the cost is counted in.</summary>
    public string? Currency { get; init; }
}

/// <summary>A candidate and its judgement.</summary>
public sealed record CandidateReport
{
    /// <summary>Its title, as the model wrote it.</summary>
    public required string Title { get; init; }

    /// <summary>Its categories.</summary>
    public IReadOnlyList<string> Categories { get; init => field = value ?? []; } = [];

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Its text, as the model wrote it.</summary>
    public required string Body { get; init; }

    /// <summary>The seed that gives it again.</summary>
    public ulong Seed { get; init; }

    /// <summary>Rank among candidates, 0 to 1.</summary>
    public double Score { get; init; }

    /// <summary>The figures of the quality gates.</summary>
    public IReadOnlyList<QualityFigure> Figures { get; init => field = value ?? []; } = [];

    /// <summary>What of it stands in the corpus.</summary>
    public IReadOnlyList<CopiedText> Copied { get; init => field = value ?? []; } = [];

    /// <summary>Perplexity of its text under the model that wrote it; null if it was not measured.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Which of the blog's categories and tags its text sounds like, the likeliest first.</summary>
    public IReadOnlyList<AttributedSource> Sources { get; init => field = value ?? []; } = [];

    /// <summary>Why the gates refuse it, a sentence each.</summary>
    public IReadOnlyList<string> Reasons => [.. Figures.Select(figure => figure.Reason).OfType<string>()];

    /// <summary>Whether the gates let it pass.</summary>
    public bool Passed => Figures.All(figure => figure.Passed);
}

/// <summary>A stretch that stands in a post of the corpus, too.</summary>
/// <param name="Tokens">Its length in tokens.</param>
/// <param name="Path">The post's path.</param>
/// <param name="Text">The stretch.</param>
public sealed record CopiedText(int Tokens, string Path, string Text);
