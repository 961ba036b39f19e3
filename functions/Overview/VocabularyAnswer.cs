namespace Pipeline.Functions.Overview;

/// <summary>What a prompt can say and the model has learnt.</summary>
/// <param name="Categories">Categories, the commonest first.</param>
/// <param name="Tags">Tags, the commonest first.</param>
/// <param name="Years">Years, the newest first.</param>
internal sealed record VocabularyAnswer(IReadOnlyList<string> Categories, IReadOnlyList<string> Tags, IReadOnlyList<int> Years)
{
    /// <summary>The vocabulary of a corpus.</summary>
    public static VocabularyAnswer Of(CorpusOverview overview) => new(
        [.. overview.Report.Categories.Keys],
        [.. overview.Report.Tags.Keys],
        [.. overview.Posts.Select(post => post.Date?.Year).OfType<int>().Distinct().OrderDescending()]);
}
