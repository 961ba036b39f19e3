namespace Pipeline.Quality;

/// <summary>A post that resembles a text.</summary>
/// <param name="Path">The post.</param>
/// <param name="Similarity">Estimated Jaccard index of their runs of five words, 0 to 1.</param>
public sealed record SimilarPost(string Path, double Similarity);
