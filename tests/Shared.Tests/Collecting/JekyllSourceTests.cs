using Pipeline.Collecting;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class JekyllSourceTests : IDisposable
{
    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task A_collected_Jekyll_blog_reads_as_the_blog_itself()
    {
        var sample = Path.Combine(ProjectFolders.Root, "tests", "SampleBlog");
        var blog = Pipeline.Posts.BlogFolder.Open(sample);
        var reader = new Pipeline.Posts.PostReader(blog.Config, new(), TimeProvider.System);
        var expected = blog.PostFiles(drafts: false).Select(path => reader.Read(path, blog.ReadPost(path))).Where(document => document.Skipped is null).ToList();
        var log = new CollectLog();

        var result = await new CollectedFolder(_collection.Blog).CollectAsync(
            SourceRecognizer.Open(sample, "sample", null, new(), TimeProvider.System), log, null, TestContext.Current.CancellationToken);

        Assert.Equal(expected.Count, result.Added);
        Assert.Empty(log.Problems);
        var collected = _collection.Documents();
        Assert.Equal(expected.Select(document => document.Title).Order(), collected.Select(document => document.Title).Order());
        Assert.Equal(expected.Select(document => document.Text).Order(), collected.Select(document => document.Text).Order());
        Assert.Equal(expected.Select(document => document.Date!.Value.UtcDateTime).Order(), collected.Select(document => document.Date!.Value.UtcDateTime).Order());
        Assert.Equal(expected.SelectMany(document => document.Tags).Order(), collected.SelectMany(document => document.Tags).Order());
    }

    [Fact]
    public async Task A_git_address_gives_its_default_branch_and_links_lead_nowhere()
    {
        var token = TestContext.Current.CancellationToken;
        _collection.Write("work/_posts/2020-01-02-rain.md", "---\ntitle: Rain\n---\nIt rains.\n");
        File.CreateSymbolicLink(_collection.PathOf("work/_posts/2020-01-03-secret.md"), "/etc/hostname");
        foreach (var arguments in (string[][])[["init", "-q", "-b", "trunk"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "Posts"]])
        {
            Assert.Equal(0, (await Programs.RunAsync("git", ["-C", _collection.PathOf("work"), .. arguments], token)).ExitCode);
        }

        Assert.Equal(0, (await Programs.RunAsync("git", ["clone", "-q", "--bare", _collection.PathOf("work"), _collection.PathOf("blog.git")], token)).ExitCode);
        var address = $"file://{_collection.PathOf("blog.git")}";
        Assert.Equal(address, GitAddress.Find(address));

        var folder = await GitDownload.ToFolderAsync(address, Directory.CreateDirectory(_collection.PathOf("download")).FullName, token);
        var result = await new CollectedFolder(_collection.Blog).CollectAsync(SourceRecognizer.Open(folder, address, null, new(), TimeProvider.System), new(), null, token);

        // The link is a file with the name of its target.
        Assert.Equal(2, result.Added);
        Assert.Equal(["It rains.", "/etc/hostname"], _collection.Documents().Select(document => document.Text.Trim()));
    }

    [Theory]
    [InlineData("github:owner/my.blog", "https://github.com/owner/my.blog.git")]
    [InlineData("https://github.com/owner/blog", "https://github.com/owner/blog.git")]
    [InlineData("https://github.com/owner/blog.git", "https://github.com/owner/blog.git")]
    [InlineData("git@example.org:owner/blog.git", "git@example.org:owner/blog.git")]
    [InlineData("ssh://git@example.org/blog", "ssh://git@example.org/blog")]
    [InlineData("https://example.org/feed.xml", null)]
    [InlineData("https://github.com/owner/blog/commits.atom", null)]
    [InlineData("export.xml", null)]
    [InlineData("--upload-pack=touch", null)]
    [InlineData("ext::sh -c touch", null)]
    public void Git_addresses_are_told_from_other_sources(string source, string? address) => Assert.Equal(address, GitAddress.Find(source));
}
