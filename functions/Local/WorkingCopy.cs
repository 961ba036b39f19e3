using Pipeline.Publishing;

namespace Pipeline.Functions.Local;

/// <summary>The blog's copy in the work folder: a git repository whose main branch is the blog as given.</summary>
internal static class WorkingCopy
{
    /// <summary>Makes the copy, or brings it up to date.</summary>
    /// <returns>Files that were left out and why.</returns>
    /// <exception cref="BlogRepositoryException">git is missing, or the folder cannot be read.</exception>
    public static async Task<IReadOnlyList<string>> ImportAsync(string blog, WorkFolders folders, CancellationToken cancellationToken) =>
        (await LocalGitRepository.ImportAsync(blog, folders.Blog, TimeProvider.System, cancellationToken)).LeftOut;
}
