namespace Pipeline.Quality;

/// <summary>The judgement of a generated text.</summary>
/// <param name="Figures">Every figure, in a fixed order.</param>
/// <param name="Originality">What of the text stands in the corpus, and where.</param>
/// <param name="Score">A rank among candidates, 0 to 1: the product of how far each figure keeps from its threshold. Higher is better; only comparable under the same options.</param>
public sealed record QualityReport(IReadOnlyList<QualityFigure> Figures, OriginalityReport Originality, double Score)
{
    /// <summary>Whether every figure passed.</summary>
    public bool Passed => Figures.All(figure => figure.Passed);

    /// <summary>Why the text is refused, a sentence for each figure that failed.</summary>
    public IReadOnlyList<string> Reasons => [.. Figures.Select(figure => figure.Reason).OfType<string>()];
}
