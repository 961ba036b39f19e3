using Pipeline.Corpus;

namespace Pipeline.Functions.Overview;

/// <summary>The corpus as it would be built now, without its texts. Kept as <c>registry/corpus-overview.json</c>.</summary>
/// <param name="Fingerprint">Of the documents' names and ETags.</param>
/// <param name="Report">What is in it and what is not.</param>
/// <param name="Posts">Its posts, the newest first.</param>
internal sealed record CorpusOverview(string Fingerprint, CorpusReport Report, IReadOnlyList<CorpusRow> Posts)
{
    /// <summary>The version of this form; another one is looked past.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

/// <summary>A post of the corpus.</summary>
/// <param name="Path">Its path in the blog's repository.</param>
/// <param name="Title">Its title.</param>
/// <param name="Date">Its date; null if it has none.</param>
/// <param name="Categories">Its categories.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Language">Its language, ISO 639-1.</param>
/// <param name="Words">Words of its text.</param>
/// <param name="Tokens">GPT-2 tokens of its training text.</param>
/// <param name="HeldOut">Whether it is held out for validation.</param>
internal sealed record CorpusRow(
    string Path, string Title, DateTimeOffset? Date, IReadOnlyList<string> Categories, IReadOnlyList<string> Tags, string Language, int Words, int Tokens, bool HeldOut);

/// <summary>The corpus, and the posts that a search found.</summary>
/// <param name="Report">What is in the corpus and what is not.</param>
/// <param name="Tokens">GPT-2 tokens of all training texts.</param>
/// <param name="TokensByYear">GPT-2 tokens by year, oldest first.</param>
/// <param name="Query">What was searched for; null for everything.</param>
/// <param name="Found">How many posts were found.</param>
/// <param name="Page">The page of what was found, from 1.</param>
/// <param name="Posts">The posts of that page, the newest first.</param>
internal sealed record CorpusAnswer(
    CorpusReport Report, long Tokens, IReadOnlyDictionary<string, long> TokensByYear, string? Query, int Found, int Page, IReadOnlyList<FoundPost> Posts)
{
    /// <summary>Posts on a page.</summary>
    public const int PageLength = 50;
}

/// <summary>A post that was found.</summary>
/// <param name="Post">The post.</param>
/// <param name="Excerpt">Where its text has what was searched for; null if its title, path, tags or categories have it, or nothing was.</param>
internal sealed record FoundPost(CorpusRow Post, string? Excerpt);
