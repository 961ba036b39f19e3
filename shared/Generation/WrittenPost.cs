namespace Pipeline.Generation;

/// <summary>A generated post, in its parts.</summary>
/// <param name="Title">One line, never empty.</param>
/// <param name="Category">One of the closed set, or the fixed one.</param>
/// <param name="Tags">At most three of the closed set, or the fixed ones.</param>
/// <param name="Year">The year in the header.</param>
/// <param name="Body">Markdown; ends with a whole sentence or block.</param>
/// <param name="Seed">The seed that gives this post again.</param>
/// <param name="Tokens">Tokens of the body, before it was cut back to a whole sentence.</param>
/// <param name="LogProbability">Sum of the model's log-probabilities of the body's tokens.</param>
public sealed record WrittenPost(
    string Title, string? Category, IReadOnlyList<string> Tags, int? Year, string Body, ulong Seed, IReadOnlyList<int> Tokens, double LogProbability);
