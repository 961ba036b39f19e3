namespace Pipeline.Quality;

/// <summary>One measured figure and its threshold.</summary>
/// <param name="Name">What is measured, such as <c>longest copied run</c>.</param>
/// <param name="Value">The figure.</param>
/// <param name="Threshold">The value that it is held against.</param>
/// <param name="Relation">How it must stand to the threshold: <c>&lt;</c>, <c>≤</c>, <c>≥</c>.</param>
/// <param name="Unit">Its unit, such as <c>tokens</c>; empty for a share.</param>
/// <param name="Passed">Whether it does.</param>
/// <param name="Reason">Why not, in a sentence; null if it passed.</param>
public sealed record QualityFigure(string Name, double Value, double Threshold, string Relation, string Unit, bool Passed, string? Reason);
