namespace Pipeline.Tokenization;

/// <summary>A rule of byte-pair encoding: two neighbouring tokens become one. Its rank is its place in the list of rules.</summary>
/// <param name="Left">Id of the first token.</param>
/// <param name="Right">Id of the second token.</param>
/// <param name="Result">Id of the token that has both's bytes.</param>
internal readonly record struct BpeMerge(int Left, int Right, int Result);
