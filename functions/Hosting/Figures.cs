namespace Pipeline.Functions.Hosting;

/// <summary>How the model in service, its posts and the month stand, for the metrics.</summary>
/// <param name="Version">The version in service.</param>
/// <param name="Perplexity">Its perplexity on its held-out posts; null if none are held out.</param>
/// <param name="CopyRate">Share of the last posts' runs of 8 tokens that stand in the corpus, 0 to 1; null without posts.</param>
/// <param name="MergedRate">Share of the decided posts that were merged, 0 to 1; null if none is decided.</param>
/// <param name="Costs">What the month has cost, by kind.</param>
/// <param name="Currency">What that is counted in.</param>
internal sealed record Figures(string? Version, double? Perplexity, double? CopyRate, double? MergedRate, IReadOnlyDictionary<string, double> Costs, string Currency);
