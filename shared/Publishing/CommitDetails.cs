namespace Pipeline.Publishing;

/// <summary>What a commit says about itself. Author and committer are the same.</summary>
/// <param name="Message">The message; its first line is the subject.</param>
/// <param name="AuthorName">The author's name.</param>
/// <param name="AuthorEmail">The author's address.</param>
/// <param name="Date">When it was made; the same details on the same parent give the same commit.</param>
public sealed record CommitDetails(string Message, string AuthorName, string AuthorEmail, DateTimeOffset Date);
