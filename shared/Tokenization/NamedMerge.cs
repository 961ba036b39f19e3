namespace Pipeline.Tokenization;

/// <summary>A rule as vocabulary files spell it.</summary>
/// <param name="Left">Name of the first token.</param>
/// <param name="Right">Name of the second token.</param>
/// <param name="Rank">Place in the list, from 0.</param>
internal sealed record NamedMerge(string Left, string Right, int Rank);
