using System.Globalization;
using System.Text;

namespace Pipeline.Publishing;

/// <summary>A git repository on this machine, driven by the program <c>git</c>. Only its objects and branches are touched, never a working copy.</summary>
public sealed class LocalGitRepository : IBlogRepository
{
    private static readonly string NoCommit = new('0', 40);

    private readonly GitProgram _git;

    internal LocalGitRepository(string folder, GitProgram git)
    {
        Folder = folder;
        _git = git;
    }

    /// <summary>The full path of the repository's folder; <c>git clone</c> takes it.</summary>
    public string Folder { get; }

    /// <summary>Opens a repository, bare or with a working copy.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="BlogRepositoryException">There is none, or git is missing.</exception>
    public static async Task<LocalGitRepository> OpenAsync(string folder, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(folder);
        var inner = Path.Combine(full, ".git");
        var git = new GitProgram(Directory.Exists(inner) ? inner : full);
        var (exitCode, _, errors) = await git.RunAsync(["rev-parse", "--git-dir"], default, [], cancellationToken);
        return exitCode == 0
            ? new LocalGitRepository(full, git)
            : throw new BlogRepositoryException($"{full} is no git repository: {errors}");
    }

    /// <summary>
    /// Makes or updates a bare repository whose branch <c>main</c> is the blog as it lies in a folder. The folder is only read; its own
    /// <c>.git</c>, what Jekyll built, and links that lead out of it are left out. An unchanged blog makes no new commit.
    /// </summary>
    /// <param name="blogFolder">The blog.</param>
    /// <param name="repositoryFolder">Where the repository is or shall be.</param>
    /// <param name="clock">Dates the commit.</param>
    /// <param name="cancellationToken">Stops the work; the branch is then as it was.</param>
    /// <exception cref="BlogRepositoryException">The folder cannot be read, the repository not be written, or git is missing.</exception>
    public static Task<BlogImport> ImportAsync(string blogFolder, string repositoryFolder, TimeProvider clock, CancellationToken cancellationToken) =>
        BlogImporter.ImportAsync(blogFolder, repositoryFolder, clock, cancellationToken);

    /// <inheritdoc />
    public async Task<string?> FindBranchAsync(string branch, CancellationToken cancellationToken)
    {
        // The pattern of for-each-ref also matches branches below a folder of this name.
        var heads = await HeadsAsync($"refs/heads/{branch}", cancellationToken);
        return heads.FirstOrDefault(head => head.Name == branch)?.Commit;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<BranchHead>> ListBranchesAsync(string prefix, CancellationToken cancellationToken)
    {
        var heads = await HeadsAsync("refs/heads", cancellationToken);
        return [.. heads.Where(head => head.Name.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(head => head.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<string>> ListPathsAsync(string commit, CancellationToken cancellationToken)
    {
        var text = await _git.TextAsync(["ls-tree", "-r", "-z", "--name-only", "--full-tree", CommitId(commit)], cancellationToken);
        return text.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <inheritdoc />
    public Task<byte[]> ReadFileAsync(string commit, string path, CancellationToken cancellationToken) =>
        _git.BytesAsync(["cat-file", "blob", $"{CommitId(commit)}:{path}"], cancellationToken);

    /// <inheritdoc />
    public async Task<string> CreateCommitAsync(string parent, string? removed, string path, ReadOnlyMemory<byte> content, CommitDetails details, CancellationToken cancellationToken)
    {
        var blob = await _git.TextAsync(["hash-object", "-w", "--no-filters", "--stdin"], cancellationToken, content);
        var index = Directory.CreateTempSubdirectory("pipeline-index-");
        try
        {
            var environment = ("GIT_INDEX_FILE", Path.Combine(index.FullName, "index"));
            await _git.TextAsync(["read-tree", CommitId(parent)], cancellationToken, default, environment);
            if (removed is not null && removed != path)
            {
                await _git.TextAsync(["update-index", "--force-remove", "--", removed], cancellationToken, default, environment);
            }

            await _git.TextAsync(["update-index", "--add", "--cacheinfo", $"100644,{blob},{path}"], cancellationToken, default, environment);
            var tree = await _git.TextAsync(["write-tree"], cancellationToken, default, environment);
            return await CommitTreeAsync(tree, parent, details, cancellationToken);
        }
        finally
        {
            index.Delete(recursive: true);
        }
    }

    /// <inheritdoc />
    public async Task<bool> CreateBranchAsync(string branch, string commit, CancellationToken cancellationToken)
    {
        // The old value of zeros makes git refuse if somebody else was faster.
        string[] arguments = ["update-ref", "--create-reflog", $"refs/heads/{branch}", CommitId(commit), NoCommit];
        var (exitCode, _, errors) = await _git.RunAsync(arguments, default, [], cancellationToken);
        if (exitCode == 0)
        {
            return true;
        }

        return await FindBranchAsync(branch, cancellationToken) is null ? throw _git.Failed(arguments, exitCode, errors) : false;
    }

    /// <inheritdoc />
    public async Task<bool> AdvanceBranchAsync(string branch, string current, string newer, CancellationToken cancellationToken)
    {
        string[] arguments = ["update-ref", "--create-reflog", $"refs/heads/{branch}", CommitId(newer), CommitId(current)];
        var (exitCode, _, errors) = await _git.RunAsync(arguments, default, [], cancellationToken);
        return exitCode == 0 || (await FindBranchAsync(branch, cancellationToken) == current ? throw _git.Failed(arguments, exitCode, errors) : false);
    }

    /// <summary>Makes a commit of a tree, on a parent if there is one.</summary>
    internal async Task<string> CommitTreeAsync(string tree, string? parent, CommitDetails details, CancellationToken cancellationToken)
    {
        var offset = details.Date.Offset;
        var date = string.Create(
            CultureInfo.InvariantCulture,
            $"{details.Date.ToUnixTimeSeconds()} {(offset < TimeSpan.Zero ? '-' : '+')}{Math.Abs(offset.Hours):00}{Math.Abs(offset.Minutes):00}");
        string[] parents = parent is null ? [] : ["-p", CommitId(parent)];
        return await _git.TextAsync(
            ["commit-tree", .. parents, "-F", "-", tree],
            cancellationToken,
            Encoding.UTF8.GetBytes(details.Message.TrimEnd() + "\n"),
            ("GIT_AUTHOR_NAME", details.AuthorName), ("GIT_AUTHOR_EMAIL", details.AuthorEmail), ("GIT_AUTHOR_DATE", date),
            ("GIT_COMMITTER_NAME", details.AuthorName), ("GIT_COMMITTER_EMAIL", details.AuthorEmail), ("GIT_COMMITTER_DATE", date));
    }

    private async Task<IEnumerable<BranchHead>> HeadsAsync(string pattern, CancellationToken cancellationToken)
    {
        var text = await _git.TextAsync(["for-each-ref", "--format=%(objectname) %(refname)", pattern], cancellationToken);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 2))
            .Select(parts => new BranchHead(parts[1]["refs/heads/".Length..], parts[0]));
    }

    // An id that begins with a hyphen would be an option.
    private static string CommitId(string commit) =>
        commit.Length >= 4 && commit.All(char.IsAsciiHexDigitLower) ? commit : throw new ArgumentException($"'{commit}' is no commit id.", nameof(commit));
}
