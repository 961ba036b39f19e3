using System.Globalization;
using System.Text;

namespace Pipeline.Publishing;

/// <summary>Puts a blog's folder into a repository; see <see cref="LocalGitRepository.ImportAsync"/>.</summary>
internal static class BlogImporter
{
    private const string Branch = "main";

    public static async Task<BlogImport> ImportAsync(string blogFolder, string repositoryFolder, TimeProvider clock, CancellationToken cancellationToken)
    {
        var target = Path.GetFullPath(repositoryFolder);
        var files = BlogFiles.Of(Path.GetFullPath(blogFolder), target);
        var git = new GitProgram(target);
        await PrepareAsync(git, target, cancellationToken);
        var repository = new LocalGitRepository(target, git);

        var tree = await WriteTreeAsync(git, files, cancellationToken);
        var before = await repository.FindBranchAsync(Branch, cancellationToken);
        if (before is not null && await git.TextAsync(["rev-parse", $"{before}^{{tree}}"], cancellationToken) == tree)
        {
            return new BlogImport(repository, before, Changed: false, files.LeftOut);
        }

        var details = new CommitDetails(before is null ? "Import the blog" : "Import the blog's changes", "Pipeline", "pipeline@localhost", clock.GetUtcNow());
        var commit = await repository.CommitTreeAsync(tree, before, details, cancellationToken);
        // With the old value named, a commit that arrived on the branch meanwhile is not overwritten.
        await git.TextAsync(["update-ref", "--create-reflog", $"refs/heads/{Branch}", commit, before ?? new string('0', 40)], cancellationToken);
        return new BlogImport(repository, commit, Changed: true, files.LeftOut);
    }

    private static async Task PrepareAsync(GitProgram git, string target, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BlogRepositoryException($"The folder {target} cannot be made: {exception.Message} Name another folder for the work.", exception);
        }

        // Harmless on a repository that is there already, and mends one whose making was cut short.
        await git.TextAsync(["init", "--quiet", "--bare", "--template="], cancellationToken);
        await git.TextAsync(["symbolic-ref", "HEAD", $"refs/heads/{Branch}"], cancellationToken);
    }

    private static async Task<string> WriteTreeAsync(GitProgram git, BlogFiles files, CancellationToken cancellationToken)
    {
        var paths = new StringBuilder();
        foreach (var file in files.Regular)
        {
            paths.Append(Quoted(file.FullPath)).Append('\n');
        }

        var hashed = await git.TextAsync(["hash-object", "-w", "--no-filters", "--stdin-paths"], cancellationToken, Encoding.UTF8.GetBytes(paths.ToString()));
        var blobs = hashed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (blobs.Length != files.Regular.Count)
        {
            throw new BlogRepositoryException($"git stored {blobs.Length} of {files.Regular.Count} files of the blog. Run it again when nothing else changes the blog.");
        }

        var entries = new StringBuilder();
        for (var index = 0; index < blobs.Length; index++)
        {
            var file = files.Regular[index];
            entries.Append(CultureInfo.InvariantCulture, $"{(file.Executable ? "100755" : "100644")} {blobs[index]}\t{file.Path}\0");
        }

        foreach (var (path, link) in files.Links)
        {
            var blob = await git.TextAsync(["hash-object", "-w", "--stdin"], cancellationToken, Encoding.UTF8.GetBytes(link));
            entries.Append(CultureInfo.InvariantCulture, $"120000 {blob}\t{path}\0");
        }

        var folder = Directory.CreateTempSubdirectory("pipeline-index-");
        try
        {
            var environment = ("GIT_INDEX_FILE", Path.Combine(folder.FullName, "index"));
            await git.TextAsync(["update-index", "-z", "--index-info"], cancellationToken, Encoding.UTF8.GetBytes(entries.ToString()), environment);
            return await git.TextAsync(["write-tree"], cancellationToken, default, environment);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // git reads a path a line, and one in quotes with the escapes of C.
    private static string Quoted(string path)
    {
        if (!path.AsSpan().ContainsAny('\n', '"', '\\'))
        {
            return path;
        }

        return "\"" + path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
    }
}
