namespace Pipeline.Publishing;

/// <summary>
/// The blog's git repository, as little of it as publishing needs. Nothing here removes a branch or moves it back, so that no commit of a
/// person can be lost; a commit shows nowhere until a branch is made of it or moved on to it.
/// </summary>
public interface IBlogRepository
{
    /// <summary>The id of a branch's newest commit, or null if there is no such branch.</summary>
    /// <param name="branch">The branch's name without <c>refs/heads/</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<string?> FindBranchAsync(string branch, CancellationToken cancellationToken);

    /// <summary>The branches whose names begin with <paramref name="prefix"/>, in ordinal order of their names.</summary>
    /// <param name="prefix">The beginning, such as <c>pipeline/</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<IReadOnlyList<BranchHead>> ListBranchesAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>The paths of all files of a commit, with forward slashes.</summary>
    /// <param name="commit">The commit's id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<IReadOnlyList<string>> ListPathsAsync(string commit, CancellationToken cancellationToken);

    /// <summary>The content of one file of a commit.</summary>
    /// <param name="commit">The commit's id.</param>
    /// <param name="path">One of its paths.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<byte[]> ReadFileAsync(string commit, string path, CancellationToken cancellationToken);

    /// <summary>Makes a commit that writes one file, and returns its id. No branch shows it yet.</summary>
    /// <param name="parent">The commit that it stands on.</param>
    /// <param name="removed">A file that goes, if the new one takes its place under another name; null if none does.</param>
    /// <param name="path">The new file's path.</param>
    /// <param name="content">The new file's bytes, stored as they are.</param>
    /// <param name="details">Message, author and date.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<string> CreateCommitAsync(string parent, string? removed, string path, ReadOnlyMemory<byte> content, CommitDetails details, CancellationToken cancellationToken);

    /// <summary>Makes a branch; false, and nothing is changed, if there is one of that name already.</summary>
    /// <param name="branch">The new branch's name.</param>
    /// <param name="commit">The commit that it shows.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<bool> CreateBranchAsync(string branch, string commit, CancellationToken cancellationToken);

    /// <summary>Moves a branch on; false, and nothing is changed, if it no longer shows what it is said to.</summary>
    /// <param name="branch">The branch's name.</param>
    /// <param name="current">The commit that it shows.</param>
    /// <param name="newer">A commit that stands on it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<bool> AdvanceBranchAsync(string branch, string current, string newer, CancellationToken cancellationToken);
}
