namespace Pipeline.Testing.GitHub;

/// <summary>The in-test GitHub with prism in front of it, over a repository that begins with given files.</summary>
public sealed class InTestGitHub : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly Prism _prism;
    private readonly string _first;

    private InTestGitHub(TemporaryFolder folder, GitHubServer server, Prism prism, string first) => (_folder, Server, _prism, _first) = (folder, server, prism, first);

    /// <summary>The server: its state, and what it should do wrong.</summary>
    public GitHubServer Server { get; }

    /// <summary>The repository behind it.</summary>
    public GitFolder Git => Server.Git;

    /// <summary>Where clients reach it, through prism.</summary>
    public Uri Address => _prism.Address;

    /// <summary>A path in the folder that goes with it.</summary>
    public string Sub(string name) => _folder.Sub(name);

    /// <summary>Brings it back to its beginning.</summary>
    public void Reset()
    {
        Server.Reset();
        foreach (var branch in Git.Run("for-each-ref", "--format=%(refname)").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Git.Run("update-ref", "-d", branch);
        }

        Git.Run("update-ref", "refs/heads/main", _first);
    }

    /// <summary>Starts it with the sample blog on the branch <c>main</c>.</summary>
    public static async Task<InTestGitHub> StartAsync(CancellationToken cancellationToken)
    {
        await DebianPackages.EnsureAsync("git", cancellationToken);
        var folder = new TemporaryFolder();
        var description = GitHubDescription.Read();
        description.Write(folder.Sub("github.json"));
        var git = new GitFolder(folder.Sub("blog.git"));
        System.Diagnostics.Process.Start("git", ["init", "--quiet", "--bare", "--initial-branch=main", git.FullName]).WaitForExit();
        var sample = Path.Combine(ProjectFolders.Root, "tests", "SampleBlog");
        var lines = Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(sample, file).Replace('\\', '/'), "100644", (string?)git.Run("hash-object", "-w", file)));
        var tree = git.ChangeTree(git.Run("hash-object", "-w", "-t", "tree", "/dev/null"), lines);
        var first = git.Run("commit-tree", "-m", "The blog", tree);
        git.Run("update-ref", "refs/heads/main", first);
        var server = await GitHubServer.StartAsync(description, git.FullName, cancellationToken);
        try
        {
            return new InTestGitHub(folder, server, await Prism.StartAsync(folder.Sub("github.json"), server.Address, cancellationToken), first);
        }
        catch
        {
            await server.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _prism.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
