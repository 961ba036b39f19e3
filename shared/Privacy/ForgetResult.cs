namespace Pipeline.Privacy;

/// <summary>What was removed so that a post is forgotten.</summary>
/// <param name="Post">Whether the store had the post as it was written.</param>
/// <param name="Document">Whether it had its document.</param>
/// <param name="Corpora">Corpora that it was taken out of.</param>
/// <param name="Runs">Runs that learnt from it; their checkpoints are gone.</param>
/// <param name="Models">Versions that learnt from it and are marked.</param>
/// <param name="Unsure">Versions whose corpus is gone: they may have learnt from it, and are marked too.</param>
/// <param name="Records">Days whose report quoted it.</param>
/// <param name="Caches">Files of tokens that were deleted.</param>
/// <param name="Alike">Posts that say nearly the same; they stay.</param>
/// <param name="Stable">Whether the version in service is among the marked ones.</param>
public sealed record ForgetResult(
    bool Post,
    bool Document,
    IReadOnlyList<string> Corpora,
    IReadOnlyList<string> Runs,
    IReadOnlyList<string> Models,
    IReadOnlyList<string> Unsure,
    int Records,
    int Caches,
    IReadOnlyList<string> Alike,
    bool Stable)
{
    /// <summary>Whether anything of the post was there.</summary>
    public bool Found => Post || Document || Corpora.Count > 0 || Records > 0;
}
