namespace Pipeline.Quality;

/// <summary>A generated text to be judged.</summary>
/// <param name="Text">The text, without header.</param>
/// <param name="Tokens">The same text as token ids, by the tokenizer that made the index's ids.</param>
/// <param name="Title">The title, which must not hold anything private or forbidden either.</param>
public sealed record QualityCandidate(string Text, IReadOnlyList<int> Tokens, string Title = "");
