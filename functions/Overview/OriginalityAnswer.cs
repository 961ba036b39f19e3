namespace Pipeline.Functions.Overview;

/// <summary>A text whose originality is asked for.</summary>
/// <param name="Text">The text; paragraphs are divided by empty lines.</param>
internal sealed record OriginalityRequest(string Text);

/// <summary>What of a text stands in the corpus of the model in service.</summary>
/// <param name="Version">The version whose corpus it was compared with.</param>
/// <param name="Paragraphs">The text's paragraphs in order.</param>
internal sealed record OriginalityAnswer(string Version, IReadOnlyList<ParagraphOriginality> Paragraphs);

/// <summary>A paragraph.</summary>
/// <param name="Text">The paragraph.</param>
/// <param name="LongestRun">Tokens of the longest stretch that the corpus has word for word.</param>
/// <param name="SeenShare">Share of its runs of 8 tokens that the corpus has, 0 to 1.</param>
/// <param name="Source">The post that has the longest stretch; null if none is long enough to say anything.</param>
/// <param name="Copied">Stretches that stand in posts, the longest first.</param>
internal sealed record ParagraphOriginality(string Text, int LongestRun, double SeenShare, SourcePost? Source, IReadOnlyList<CopiedStretch> Copied);

/// <summary>A post of the corpus.</summary>
/// <param name="Path">Its path in the blog's repository.</param>
/// <param name="Title">Its title.</param>
internal sealed record SourcePost(string Path, string Title);

/// <summary>A stretch that a post has word for word.</summary>
/// <param name="Text">The stretch.</param>
/// <param name="Tokens">Its length.</param>
/// <param name="Path">The post's path.</param>
internal sealed record CopiedStretch(string Text, int Tokens, string Path);
