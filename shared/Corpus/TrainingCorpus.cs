using Pipeline.Posts;

namespace Pipeline.Corpus;

/// <summary>An ordered set of posts to train on, and the newest ones held out to judge by.</summary>
/// <param name="Id">16 hexadecimal digits that follow from the posts and their order.</param>
/// <param name="Train">By date, then path; posts without a date first.</param>
/// <param name="Validation">The newest; empty if there is only one post.</param>
/// <param name="Report">What went in, what did not, and why.</param>
public sealed record TrainingCorpus(string Id, IReadOnlyList<PostDocument> Train, IReadOnlyList<PostDocument> Validation, CorpusReport Report)
{
    /// <summary>All posts of the corpus in order.</summary>
    public IEnumerable<PostDocument> Posts => Train.Concat(Validation);
}
