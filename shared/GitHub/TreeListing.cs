namespace Pipeline.GitHub;

/// <summary>All files of a commit, also where one listing is cut off.</summary>
internal static class TreeListing
{
    // Each is a call.
    private const int MostFolders = 2000;

    /// <summary>Every entry but folders, with its path from the top.</summary>
    /// <exception cref="GitHubException">There is no such commit, or one folder alone has more entries than GitHub gives.</exception>
    public static async Task<IReadOnlyList<TreeEntry>> ReadAsync(GitHubClient client, string commit, CancellationToken cancellationToken)
    {
        var whole = await FindAsync(client, commit, recursive: true, cancellationToken);
        return whole.Truncated ? await WalkAsync(client, commit, cancellationToken) : [.. whole.Tree.Where(entry => entry.Type != "tree")];
    }

    private static async Task<IReadOnlyList<TreeEntry>> WalkAsync(GitHubClient client, string commit, CancellationToken cancellationToken)
    {
        var entries = new List<TreeEntry>();
        var folders = new Queue<(string Id, string Prefix)>([(commit, "")]);
        for (var calls = 1; folders.TryDequeue(out var folder); calls++)
        {
            var tree = await FindAsync(client, folder.Id, recursive: false, cancellationToken);
            if (tree.Truncated || calls > MostFolders)
            {
                throw new GitHubException(
                    GitHubFailure.TooLarge, $"GET /repos/{client.Repository}/git/trees/{folder.Id}", $"{client.Repository} has more files than GitHub lists. Keep the blog in a repository of its own.");
            }

            foreach (var entry in tree.Tree)
            {
                if (entry.Type == "tree")
                {
                    folders.Enqueue((entry.Sha!, $"{folder.Prefix}{entry.Path}/"));
                }
                else
                {
                    entries.Add(entry with { Path = folder.Prefix + entry.Path });
                }
            }
        }

        return entries;
    }

    private static async Task<GitTree> FindAsync(GitHubClient client, string id, bool recursive, CancellationToken cancellationToken) =>
        await client.FindTreeAsync(id, recursive, cancellationToken)
            ?? throw new GitHubException(GitHubFailure.NotFound, $"GET /repos/{client.Repository}/git/trees/{id}", $"The commit {id} is no longer in {client.Repository}; it was probably overwritten. It is tried again at the next run.");
}
