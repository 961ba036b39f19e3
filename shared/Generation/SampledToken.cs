namespace Pipeline.Generation;

/// <summary>A token that was chosen.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProbability">Natural logarithm of the probability that the model itself gives it, before any setting changes the scores.</param>
/// <param name="Alternatives">The model's most likely tokens, if they were asked for.</param>
public readonly record struct SampledToken(int Id, float LogProbability, IReadOnlyList<TokenAlternative> Alternatives);

/// <summary>A token that the model holds likely.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProbability">Natural logarithm of its probability.</param>
public readonly record struct TokenAlternative(int Id, float LogProbability);
