using System.Diagnostics;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Publishing;

/// <summary>The sample blog in a real repository, and git to look at it with other eyes than the product's.</summary>
internal sealed class GitBlog : IDisposable
{
    private readonly TemporaryFolder _folder;

    private GitBlog(TemporaryFolder folder) => _folder = folder;

    public static string SampleBlog { get; } = Path.Combine(ProjectFolders.Root, "tests", "SampleBlog");

    public required BlogImport Import { get; init; }

    public required BlogProfile Profile { get; init; }

    public LocalGitRepository Repository => Import.Repository;

    public static async Task<GitBlog> CreateAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        await DebianPackages.EnsureAsync("git", cancellationToken);
        var folder = new TemporaryFolder();
        return new GitBlog(folder)
        {
            Import = await LocalGitRepository.ImportAsync(SampleBlog, folder.Sub("blog.git"), clock, cancellationToken),
            Profile = BlogProfile.Read(BlogFolder.Open(SampleBlog)),
        };
    }

    public string Sub(string name) => _folder.Sub(name);

    public PostPublisher Publisher(TimeProvider clock, IBlogRepository? repository = null) => new(repository ?? Repository, Profile, new PublishOptions(), clock);

    /// <summary>Runs git in the repository as its owner would.</summary>
    public string Git(params string[] arguments) => RunGit(Repository.Folder, arguments);

    public static string RunGit(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-C", folder, "-c", "user.name=Owner", "-c", "user.email=owner@blog.example", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"git {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
        return output.TrimEnd('\n');
    }

    public void Dispose() => _folder.Dispose();
}
