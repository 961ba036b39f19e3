namespace Pipeline.Quality;

/// <summary>What of a text stands in the corpus already.</summary>
/// <param name="Runs">Copied stretches that do not overlap, the longest first.</param>
/// <param name="LongestRun">Length of the longest copied stretch in tokens, however short.</param>
/// <param name="SeenShare">Share of the text's runs of <see cref="GramLength"/> tokens that the corpus has, 0 to 1; 0 for a shorter text.</param>
public sealed record OriginalityReport(IReadOnlyList<CopiedRun> Runs, int LongestRun, double SeenShare)
{
    /// <summary>Tokens of the runs that are counted.</summary>
    public const int GramLength = 8;
}
