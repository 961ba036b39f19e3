namespace Pipeline.Quality;

/// <summary>A stretch of a text that stands in the corpus word for word.</summary>
/// <param name="Start">The index of its first token in the text.</param>
/// <param name="Length">Its length in tokens.</param>
/// <param name="Path">The document that has it; if several have it, one of them.</param>
/// <param name="SourceStart">The index of its first token in that document.</param>
public sealed record CopiedRun(int Start, int Length, string Path, int SourceStart);
