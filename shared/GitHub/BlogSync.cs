using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.GitHub;

/// <summary>
/// Brings the store's posts in line with the blog on GitHub: by the files that a push names if it follows on what the store shows, else
/// by comparing git's ids of all files; the first time, or when much has changed, by one archive. Each way ends in the same posts, and
/// what the store shows is noted last, so that it may be cut off anywhere and run again.
/// </summary>
/// <param name="client">Speaks to GitHub.</param>
/// <param name="store">Has the posts.</param>
/// <param name="clock">Dates the note.</param>
/// <param name="limits">How much a blog may hold.</param>
public sealed class BlogSync(GitHubClient client, IBlobStore store, TimeProvider clock, TarballLimits? limits = null) : IDisposable
{
    // Beyond this many files one archive costs less than a call each.
    private const int MostSingleFiles = 60;

    private const string BlobKey = "git_blob";

    private readonly TarballLimits _limits = limits ?? new();
    private readonly DocumentStore _documents = new(store);
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Takes over what a push has changed. A push of another branch, or an old one, does no harm: the branch as it is now decides.</summary>
    /// <param name="push">The push; null looks for any change.</param>
    /// <param name="cancellationToken">Stops; the next run goes on.</param>
    /// <exception cref="GitHubException">GitHub refuses, or cannot be reached.</exception>
    /// <exception cref="InvalidDataException">The archive is damaged or too large; the store is as it was.</exception>
    public async Task<SyncResult> RunAsync(BlogPush? push, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var repository = await client.GetRepositoryAsync(cancellationToken);
            var branch = repository.DefaultBranch;
            var head = await client.FindBranchAsync(branch, cancellationToken)
                ?? throw new GitHubException(GitHubFailure.Empty, $"GET /repos/{client.Repository}/git/ref/heads/{branch}", $"{client.Repository} has no branch {branch}. Push the blog to it first.");
            var state = await SyncState.ReadAsync(store, cancellationToken);
            if (state is not null && (!client.Repository.Is(state.Repository) || state.Branch != branch))
            {
                state = null;
            }

            if (state?.Commit == head)
            {
                return new(head, SyncWay.Unchanged, state.Posts, 0, 0, state.Problems);
            }

            var result = state is not null && push is { Complete: true } && push.Branch == branch && push.Before == state.Commit && push.After == head && push.Paths.Count <= MostSingleFiles
                && !push.Paths.Any(IsConfig) && !push.Paths.Any(path => state.Problems.Any(problem => problem.Contains(path, StringComparison.Ordinal)))
                    ? await ByPushAsync(push, state, cancellationToken)
                    : await ByTreeAsync(head, cancellationToken);
            await new SyncState
            {
                Repository = client.Repository.ToString(),
                Branch = branch,
                Commit = head,
                Posts = result.Posts,
                Problems = [.. result.Problems.Take(1000)],
                Read = clock.GetUtcNow(),
            }.WriteAsync(store, cancellationToken);
            return result;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _gate.Dispose();

    private async Task<SyncResult> ByPushAsync(BlogPush push, SyncState state, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var found = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (var path in push.Paths.Where(IsWanted))
        {
            if (BlobName.ProblemOf(path) is { } problem)
            {
                problems.Add(problem);
                continue;
            }

            try
            {
                found[path] = await client.FindFileAsync(path, push.After, cancellationToken);
            }
            catch (GitHubException exception) when (exception.Failure == GitHubFailure.TooLarge)
            {
                problems.Add($"{path}: left out. {exception.Message}");
                found[path] = null;
            }
        }

        var (posts, written, removed) = (state.Posts, 0, 0);
        var stored = await store.ListAsync(Containers.Posts, "", cancellationToken).Select(entry => entry.Name.Path).ToDictionaryAsync(path => path, StringComparer.OrdinalIgnoreCase, cancellationToken);
        // What goes first: a post may have changed its name by case alone.
        foreach (var (path, bytes) in found.OrderBy(pair => pair.Value is not null).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var (known, other) = stored.TryGetValue(path, out var name) ? (name == path, name) : (false, null);
            if (bytes is null)
            {
                removed += known ? 1 : 0;
                posts -= known ? 1 : 0;
                await RemoveAsync(path, cancellationToken);
                if (known)
                {
                    stored.Remove(path);
                }
            }
            else if (other is not null && !known)
            {
                problems.Add(SameButForCase(path, other));
            }
            else
            {
                written++;
                posts += known ? 0 : 1;
                stored[path] = path;
                await WriteAsync(path, bytes, GitBlobId.Of(bytes), cancellationToken);
            }
        }

        return new(push.After, SyncWay.Push, posts, written, removed, [.. state.Problems, .. problems]);
    }

    private async Task<SyncResult> ByTreeAsync(string commit, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var wanted = Select(await TreeListing.ReadAsync(client, commit, cancellationToken), problems);
        var stored = new Dictionary<string, BlobEntry>(StringComparer.Ordinal);
        await foreach (var entry in store.ListAsync(Containers.Posts, "", cancellationToken))
        {
            stored[entry.Name.Path] = entry;
        }

        var changed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, id) in wanted)
        {
            if (!stored.TryGetValue(path, out var entry) || await IdOfAsync(entry, cancellationToken) != id)
            {
                changed[path] = id;
            }
        }

        var archive = changed.Count > MostSingleFiles;
        var written = archive ? await FromArchiveAsync(commit, changed, problems, cancellationToken) : await OneByOneAsync(commit, changed, cancellationToken);
        var removed = 0;
        foreach (var path in stored.Keys.Where(path => !wanted.ContainsKey(path)))
        {
            await RemoveAsync(path, cancellationToken);
            removed++;
        }

        return new(commit, archive ? SyncWay.Archive : SyncWay.Tree, wanted.Keys.Count(path => !IsConfig(path)), written, removed, problems);
    }

    private Dictionary<string, string> Select(IReadOnlyList<TreeEntry> entries, List<string> problems)
    {
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in entries.Where(entry => IsWanted(entry.Path)).OrderBy(entry => entry.Path, StringComparer.Ordinal))
        {
            var problem = BlobName.ProblemOf(entry.Path)
                ?? (!entry.IsFile ? $"{entry.Path}: left out, since it is a link or no file. Put a copy there."
                : entry.Size > _limits.PostBytes ? $"{entry.Path}: left out, since it has {entry.Size / 1048576.0:0.0} MB, more than the {_limits.PostBytes / 1048576.0:0.#} MB of a post. Split it or move its data into a file of its own."
                : names.TryGetValue(entry.Path, out var other) ? SameButForCase(entry.Path, other)
                : null);
            if (problem is not null)
            {
                problems.Add(problem);
                continue;
            }

            names[entry.Path] = entry.Path;
            wanted[entry.Path] = entry.Sha!;
        }

        return wanted;
    }

    private async Task<int> OneByOneAsync(string commit, Dictionary<string, string> changed, CancellationToken cancellationToken)
    {
        foreach (var path in InOrder(changed.Keys))
        {
            await WriteAsync(
                path,
                await client.FindFileAsync(path, commit, cancellationToken)
                    ?? throw new GitHubException(GitHubFailure.NotFound, $"GET /repos/{client.Repository}/contents/{path}", $"{path} vanished from {commit}. It is tried again at the next run."),
                changed[path],
                cancellationToken);
        }

        return changed.Count;
    }

    // Into a folder first: an archive that turns out to be damaged or hostile changes nothing.
    private async Task<int> FromArchiveAsync(string commit, Dictionary<string, string> changed, List<string> problems, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-import-");
        try
        {
            var files = new Dictionary<string, string>(StringComparer.Ordinal);
            var leftOut = new List<string>();
            await using (var stream = await client.OpenTarballAsync(commit, cancellationToken))
            {
                await foreach (var (path, bytes) in TarballReader.ReadAsync(stream, changed.ContainsKey, _limits, leftOut, cancellationToken))
                {
                    var file = Path.Combine(folder.FullName, files.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    await File.WriteAllBytesAsync(file, bytes, cancellationToken);
                    files[path] = file;
                }
            }

            problems.AddRange(leftOut);
            foreach (var path in InOrder(files.Keys))
            {
                await WriteAsync(path, await File.ReadAllBytesAsync(files[path], cancellationToken), changed[path], cancellationToken);
            }

            // What .gitattributes keeps out of archives.
            var missing = changed.Where(pair => !files.ContainsKey(pair.Key)).ToDictionary(StringComparer.Ordinal);
            return files.Count + await OneByOneAsync(commit, missing, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The settings first: every post is read by them.
    private static IEnumerable<string> InOrder(IEnumerable<string> paths) => paths.OrderByDescending(IsConfig).ThenBy(path => path, StringComparer.Ordinal);

    // The id is the tree's: a repository's attributes may have changed line ends on the way into the archive, and such a post is not fetched again either.
    private async Task WriteAsync(string path, byte[] bytes, string id, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(bytes, writable: false);
        await store.WriteAsync(
            new(Containers.Posts, path), content, BlobCondition.None, new Dictionary<string, string> { [BlobKey] = id }, cancellationToken);
    }

    private async Task RemoveAsync(string path, CancellationToken cancellationToken)
    {
        // The document first: a crash between the two leaves a post that the next run removes again.
        await _documents.DeleteAsync(path, cancellationToken);
        await store.DeleteAsync(new(Containers.Posts, path), BlobCondition.None, cancellationToken);
    }

    private async Task<string> IdOfAsync(BlobEntry entry, CancellationToken cancellationToken) =>
        entry.Metadata.TryGetValue(BlobKey, out var id) ? id
            : await store.ReadAsync(entry.Name, cancellationToken) is var (bytes, _) ? GitBlobId.Of(bytes) : "";

    private static string SameButForCase(string path, string other) => $"{path}: left out, since its name differs from {other} by case alone, which many machines cannot tell apart. Rename one of them.";

    private static bool IsWanted(string path) => PostPath.IsPost(path) || IsConfig(path);

    private static bool IsConfig(string path) => path == "_config.yml" || path.EndsWith("/_config.yml", StringComparison.Ordinal);
}
