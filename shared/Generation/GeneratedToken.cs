namespace Pipeline.Generation;

/// <summary>One step of one sample.</summary>
/// <param name="Id">The token that was chosen; -1 if the rules left none.</param>
/// <param name="Text">
/// Text that has become certain with it: empty while a character or a possible stop text is incomplete. The texts of all steps make the
/// whole text.
/// </param>
/// <param name="LogProbability">Natural logarithm of the model's own probability of the token.</param>
/// <param name="Sample">Which sample it belongs to, from 0.</param>
/// <param name="Finish">Why the sample ends with this step, if it does.</param>
/// <param name="Alternatives">The model's most likely tokens at this place, if they were asked for.</param>
public sealed record GeneratedToken(
    int Id, string Text, float LogProbability, int Sample, FinishReason? Finish, IReadOnlyList<TokenAlternative> Alternatives);
