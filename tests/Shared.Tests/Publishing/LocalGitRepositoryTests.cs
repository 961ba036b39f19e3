using System.Text;
using Pipeline.Publishing;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed class LocalGitRepositoryTests : IAsyncLifetime
{
    private static readonly FixedClock Clock = new("2024-05-01T10:00:00Z");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await DebianPackages.EnsureAsync("git", Token);

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_main_branch_is_the_blog_byte_for_byte()
    {
        using var blog = await GitBlog.CreateAsync(Clock, Token);

        GitBlog.RunGit(blog.Sub("."), "clone", "--quiet", blog.Repository.Folder, "clone");

        var given = Files(GitBlog.SampleBlog);
        Assert.Equal(given.Keys.Order(StringComparer.Ordinal), Files(blog.Sub("clone")).Keys.Order(StringComparer.Ordinal));
        Assert.All(Files(blog.Sub("clone")), file => Assert.Equal(given[file.Key], file.Value));
        Assert.Equal("main", blog.Git("symbolic-ref", "--short", "HEAD"));
    }

    [Fact]
    public async Task A_second_import_of_an_unchanged_blog_makes_no_commit_and_a_changed_one_adds_one()
    {
        Write("blog/_posts/2024-01-01-a.md", "one");
        var first = await ImportAsync();
        var second = await ImportAsync();
        Write("blog/_posts/2024-01-01-a.md", "two");
        var third = await ImportAsync();

        Assert.True(first.Changed);
        Assert.Equal((first.Commit, false), (second.Commit, second.Changed));
        Assert.True(third.Changed);
        Assert.Equal($"{third.Commit} {first.Commit}", GitBlog.RunGit(_folder.Sub("repo"), "rev-list", "--parents", "-1", "main"));
    }

    [Fact]
    public async Task What_is_not_the_blogs_is_left_out_and_the_folder_is_not_touched()
    {
        Write("secret.txt", "secret");
        Write("blog/index.md", "x");
        Write("blog/_site/index.html", "x");
        Write("blog/.git/config", "x");
        Write("blog/.jekyll-cache/a", "x");
        Write("blog/.hidden", "x");
        Write("blog/a \"b\"\\c\n#ü/ñ d.md", "x");
        File.CreateSymbolicLink(_folder.Sub("blog", "inside.md"), "index.md");
        File.CreateSymbolicLink(_folder.Sub("blog", "outside.txt"), "../secret.txt");
        File.CreateSymbolicLink(_folder.Sub("blog", "folder"), "..");
        File.CreateSymbolicLink(_folder.Sub("blog", "nowhere"), "missing");
        var before = Files(_folder.Sub("blog"));

        var import = await ImportAsync();

        var paths = await import.Repository.ListPathsAsync(import.Commit, Token);
        Assert.Equal([".hidden", "a \"b\"\\c\n#ü/ñ d.md", "index.md", "inside.md"], paths.Order(StringComparer.Ordinal));
        Assert.Equal(3, import.LeftOut.Count);
        Assert.Contains(import.LeftOut, problem => problem.StartsWith("outside.txt: ", StringComparison.Ordinal));
        Assert.Equal(before.Keys, Files(_folder.Sub("blog")).Keys);
    }

    [Fact]
    public async Task The_repository_may_lie_in_the_blogs_folder_and_is_no_part_of_it()
    {
        Write("blog/index.md", "x");
        await LocalGitRepository.ImportAsync(_folder.Sub("blog"), _folder.Sub("blog", "work", "blog.git"), Clock, Token);
        var second = await LocalGitRepository.ImportAsync(_folder.Sub("blog"), _folder.Sub("blog", "work", "blog.git"), Clock, Token);

        Assert.False(second.Changed);
        Assert.Equal(["index.md"], await second.Repository.ListPathsAsync(second.Commit, Token));
    }

    [Fact]
    public async Task Files_keep_their_bytes_whatever_the_blogs_attributes_say()
    {
        Write("blog/.gitattributes", "* text=auto eol=lf filter=lfs\n");
        Write("blog/a.md", "one\r\ntwo\r\n$Id$\r\n");

        var import = await ImportAsync();

        Assert.Equal("one\r\ntwo\r\n$Id$\r\n", Encoding.UTF8.GetString(await import.Repository.ReadFileAsync(import.Commit, "a.md", Token)));
    }

    [Fact]
    public async Task A_commit_shows_only_when_a_branch_is_made_and_a_branch_is_made_once()
    {
        Write("blog/index.md", "x");
        var import = await ImportAsync();
        var repository = import.Repository;
        var details = new CommitDetails("Add ü\n\nWhy.", "Ann Ö", "ann@blog.example", new DateTimeOffset(2024, 5, 1, 10, 0, 0, TimeSpan.FromHours(-5)));

        var commit = await repository.CreateCommitAsync(import.Commit, removed: null, "_posts/a, b.md", "body\r\n"u8.ToArray(), details, Token);
        Assert.Null(await repository.FindBranchAsync("pipeline/x", Token));
        Assert.Equal(commit, await repository.CreateCommitAsync(import.Commit, removed: null, "_posts/a, b.md", "body\r\n"u8.ToArray(), details, Token));
        Assert.True(await repository.CreateBranchAsync("pipeline/x", commit, Token));
        Assert.False(await repository.CreateBranchAsync("pipeline/x", import.Commit, Token));

        Assert.Equal(commit, await repository.FindBranchAsync("pipeline/x", Token));
        Assert.Null(await repository.FindBranchAsync("pipeline", Token));
        Assert.Equal([new BranchHead("pipeline/x", commit)], await repository.ListBranchesAsync("pipeline/", Token));
        Assert.Equal("Ann Ö|ann@blog.example|Ann Ö|2024-05-01T10:00:00-05:00|Add ü", GitBlog.RunGit(repository.Folder, "log", "-1", "--format=%an|%ae|%cn|%cI|%s", "pipeline/x"));
        Assert.Equal("A\t_posts/a, b.md", GitBlog.RunGit(repository.Folder, "diff", "--name-status", "main", "pipeline/x"));
    }

    [Fact]
    public async Task Settings_and_hooks_of_the_repository_do_not_run()
    {
        Write("blog/index.md", "x");
        var import = await ImportAsync();
        Write("repo/hooks/reference-transaction", $"#!/bin/sh\ntouch {_folder.Sub("ran")}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.Sub("repo", "hooks", "reference-transaction"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        GitBlog.RunGit(import.Repository.Folder, "config", "commit.gpgSign", "true");

        var commit = await import.Repository.CreateCommitAsync(import.Commit, removed: null, "a", default, new CommitDetails("m", "n", "e", Clock.GetUtcNow()), Token);
        Assert.True(await import.Repository.CreateBranchAsync("b", commit, Token));

        Assert.False(File.Exists(_folder.Sub("ran")));
    }

    [Fact]
    public async Task A_folder_that_is_no_repository_and_a_missing_blog_are_named()
    {
        var missing = await Assert.ThrowsAsync<BlogRepositoryException>(() => LocalGitRepository.OpenAsync(_folder.FullName, Token));
        Assert.Contains(_folder.FullName, missing.Message, StringComparison.Ordinal);
        var blog = await Assert.ThrowsAsync<BlogRepositoryException>(() => ImportAsync());
        Assert.Contains(_folder.Sub("blog"), blog.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_without_git_is_told_to_install_it()
    {
        var git = new GitProgram(_folder.FullName, "git-that-is-not-there");

        var exception = await Assert.ThrowsAsync<BlogRepositoryException>(() => git.TextAsync(["version"], Token));

        Assert.Contains("Install git", exception.Message, StringComparison.Ordinal);
    }

    private Task<BlogImport> ImportAsync() => LocalGitRepository.ImportAsync(_folder.Sub("blog"), _folder.Sub("repo"), Clock, Token);

    private void Write(string path, string content)
    {
        var full = _folder.Sub(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    private static Dictionary<string, string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(path => !path.Contains("/.git/", StringComparison.Ordinal))
            .ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexString(File.ReadAllBytes(path)));
}
