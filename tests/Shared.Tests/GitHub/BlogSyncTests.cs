using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Pipeline.GitHub;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.GitHub;

public sealed class BlogSyncTests : GitHubTest, IClassFixture<GitHubFixture>
{
    private readonly FolderBlobStore _store;

    public BlogSyncTests(GitHubFixture fixture)
        : base(fixture) => _store = new(Folder.Sub("store"), TimeProvider.System);

    [Fact]
    public async Task The_first_import_is_one_archive_and_holds_every_post_byte_for_byte()
    {
        for (var number = 0; number < 70; number++)
        {
            GitHub.Git.Commit("main", "More", ($"_posts/2020-01-01-many-{number}.md", $"---\ntitle: {number}\n---\nText {number}\r\n"));
        }

        using var sync = new BlogSync(Client(), _store, Clock);
        var result = await sync.RunAsync(push: null, Token);

        Assert.Equal((SyncWay.Archive, 0), (result.Way, result.Removed));
        Assert.Empty(result.Problems);
        await AssertSameAsync();
        Assert.Single(Calls.Calls, call => call.Contains("/tarball/", StringComparison.Ordinal));
        Assert.DoesNotContain(Calls.Calls, call => call.Contains("/contents/", StringComparison.Ordinal));

        var again = await sync.RunAsync(push: null, Token);
        Assert.Equal((SyncWay.Unchanged, result.Posts), (again.Way, again.Posts));
    }

    [Fact]
    public async Task A_push_copies_what_was_added_and_changed_and_removes_what_was_deleted_and_renamed()
    {
        using var sync = new BlogSync(Client(), _store, Clock);
        var before = (await sync.RunAsync(push: null, Token)).Commit;
        var old = GitHub.Git.Run("ls-tree", "-r", "--name-only", "main", "_posts/").Split('\n');
        await _store.WriteAsync(DocumentStore.BlobOf(old[0]), "{}"u8.ToArray(), BlobCondition.None, Token);
        var after = GitHub.Git.Commit("main", "Work", (old[0], null), (old[1], "---\ntitle: Changed\n---\nChanged.\n"), ("_posts/2026-02-28-new.md", "New.\n"), ("img/x.png", "x"));
        Calls.Before = null;
        var made = Calls.Calls.Count;

        var result = await sync.RunAsync(new("main", before, after, Complete: true, [old[0], old[1], "_posts/2026-02-28-new.md", "img/x.png"]), Token);

        Assert.Equal((SyncWay.Push, 2, 1), (result.Way, result.Written, result.Removed));
        await AssertSameAsync();
        Assert.Null(await _store.FindAsync(DocumentStore.BlobOf(old[0]), Token));
        Assert.Equal(3, Calls.Calls.Skip(made).Count(call => call.Contains("/contents/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_forced_an_incomplete_and_an_old_push_compare_everything_and_fetch_only_what_differs()
    {
        using var sync = new BlogSync(Client(), _store, Clock);
        var first = (await sync.RunAsync(push: null, Token)).Commit;
        GitHub.Git.Commit("main", "Lost", ("_posts/2026-02-27-lost.md", "Lost.\n"));
        await sync.RunAsync(push: null, Token);
        GitHub.Git.Run("update-ref", "refs/heads/main", first);
        var forced = GitHub.Git.Commit("main", "Other", ("_posts/2026-02-28-other.md", "Other.\n"));
        var made = Calls.Calls.Count;

        var result = await sync.RunAsync(new("main", new string('1', 40), forced, Complete: false, []), Token);

        Assert.Equal((SyncWay.Tree, 1, 1), (result.Way, result.Written, result.Removed));
        await AssertSameAsync();
        Assert.Single(Calls.Calls.Skip(made), call => call.Contains("/contents/", StringComparison.Ordinal));

        // Deliveries may arrive in any order: what the branch shows now decides.
        var late = await sync.RunAsync(new("main", first, new string('2', 40), Complete: true, ["_posts/2026-02-27-lost.md"]), Token);
        Assert.Equal(SyncWay.Unchanged, late.Way);
    }

    [Fact]
    public async Task A_listing_that_is_cut_off_gives_the_same_posts()
    {
        Server.TruncatesTrees = true;
        using var sync = new BlogSync(Client(), _store, Clock);

        await sync.RunAsync(push: null, Token);

        await AssertSameAsync();
    }

    [Fact]
    public async Task Large_posts_links_and_names_that_differ_by_case_are_left_out_and_named()
    {
        var link = Encoding.UTF8.GetString(GitHub.Git.RunBytes(["hash-object", "-w", "--stdin"], "/etc/passwd"u8)).Trim();
        GitHub.Git.Commit("main", "Odd", ("_posts/2026-02-01-large.md", new string('x', 1_100_000)), ("_posts/2026-02-02-Same.md", "A"), ("_posts/2026-02-02-same.md", "B"));
        var tree = GitHub.Git.ChangeTree("main^{tree}", [("_posts/2026-02-03-link.md", "120000", link)]);
        GitHub.Git.Run("update-ref", "refs/heads/main", GitHub.Git.Run("commit-tree", "-m", "Link", "-p", "main", tree));
        using var sync = new BlogSync(Client(), _store, Clock);

        var result = await sync.RunAsync(push: null, Token);

        Assert.Equal(3, result.Problems.Count);
        Assert.Contains(result.Problems, problem => problem.StartsWith("_posts/2026-02-01-large.md: left out, since it has 1.0 MB", StringComparison.Ordinal));
        Assert.Contains(result.Problems, problem => problem.StartsWith("_posts/2026-02-02-same.md: left out, since its name differs from _posts/2026-02-02-Same.md by case alone", StringComparison.Ordinal));
        Assert.Contains(result.Problems, problem => problem.StartsWith("_posts/2026-02-03-link.md: left out, since it is a link", StringComparison.Ordinal));
        Assert.Null(await _store.FindAsync(new(Containers.Posts, "_posts/2026-02-03-link.md"), Token));
        Assert.NotNull(await _store.FindAsync(new(Containers.Posts, "_posts/2026-02-02-Same.md"), Token));
    }

    [Fact]
    public async Task Names_that_differ_by_case_give_the_same_posts_whichever_way_they_come_and_go()
    {
        using var sync = new BlogSync(Client(), _store, Clock);
        var first = (await sync.RunAsync(push: null, Token)).Commit;
        var both = GitHub.Git.Commit("main", "Two", ("_posts/2026-02-02-Same.md", "A"), ("_posts/2026-02-02-same.md", "B"), ("_Posts/2026-02-03-x.md", "No post"));
        var result = await sync.RunAsync(new("main", first, both, Complete: true, ["_posts/2026-02-02-Same.md", "_posts/2026-02-02-same.md"]), Token);
        Assert.Equal((SyncWay.Push, 1), (result.Way, result.Written));
        Assert.Contains("_posts/2026-02-02-same.md: left out", Assert.Single(result.Problems), StringComparison.Ordinal);

        // The one that was taken goes: the other one is not lost.
        var one = GitHub.Git.Commit("main", "One", ("_posts/2026-02-02-Same.md", null));
        result = await sync.RunAsync(new("main", both, one, Complete: true, ["_posts/2026-02-02-Same.md"]), Token);
        Assert.Empty(result.Problems);
        await AssertSameAsync();

        // Renamed by case alone.
        var renamed = GitHub.Git.Commit("main", "Case", ("_posts/2026-02-02-same.md", null), ("_posts/2026-02-02-SAME.md", "B"));
        result = await sync.RunAsync(new("main", one, renamed, Complete: true, ["_posts/2026-02-02-same.md", "_posts/2026-02-02-SAME.md"]), Token);
        Assert.Equal((SyncWay.Push, 1, 1), (result.Way, result.Written, result.Removed));
        await AssertSameAsync();

        // The case of a folder counts as much as that of a file.
        var folders = GitHub.Git.Commit("main", "Folder", ("_posts/Sea/2026-02-05-a.md", "A"));
        await sync.RunAsync(new("main", renamed, folders, Complete: true, ["_posts/Sea/2026-02-05-a.md"]), Token);
        var clash = GitHub.Git.Commit("main", "Clash", ("_posts/sea/2026-02-05-a.md", "B"));
        result = await sync.RunAsync(new("main", folders, clash, Complete: true, ["_posts/sea/2026-02-05-a.md"]), Token);
        Assert.Contains("_posts/sea/2026-02-05-a.md: left out", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Null(await _store.FindAsync(new(Containers.Posts, "_posts/sea/2026-02-05-a.md"), Token));
    }

    [Fact]
    public async Task A_post_whose_line_ends_the_archive_changes_is_fetched_once()
    {
        var files = Enumerable.Range(0, 70).Select(number => ($"_posts/2020-01-01-many-{number}.md", (string?)$"Text {number}\nand more\n"));
        GitHub.Git.Commit("main", "More", [.. files, (".gitattributes", "*.md text eol=crlf\n")]);
        using var sync = new BlogSync(Client(), _store, Clock);
        Assert.Equal(SyncWay.Archive, (await sync.RunAsync(push: null, Token)).Way);

        GitHub.Git.Commit("main", "Other", ("index.md", "Hello\n"));
        var again = await sync.RunAsync(push: null, Token);

        Assert.Equal((SyncWay.Tree, 0), (again.Way, again.Written));
    }

    [Theory]
    [InlineData("bomb")]
    [InlineData("cut off")]
    [InlineData("entries")]
    [InlineData("posts")]
    [InlineData("damaged")]
    public async Task An_archive_that_is_too_large_or_damaged_changes_nothing(string kind)
    {
        for (var number = 0; number < 70; number++)
        {
            GitHub.Git.Commit("main", "More", ($"_posts/2020-01-01-many-{number}.md", $"Text {number}"));
        }

        Server.Archive = kind switch
        {
            "damaged" => [0x1F, 0x8B, 8, 0, 1, 2, 3],
            "cut off" => Archive(1)[..600],
            "bomb" => Archive(64),
            _ => Archive(1),
        };
        var limits = kind switch
        {
            "bomb" => new TarballLimits { TotalBytes = 4 * 1024 * 1024 },
            "entries" => new TarballLimits { Entries = 50 },
            _ => new TarballLimits { PostsBytes = 20 },
        };
        using var sync = new BlogSync(Client(), _store, Clock, limits);

        await Assert.ThrowsAsync<InvalidDataException>(() => sync.RunAsync(push: null, Token));

        Assert.Empty(await _store.ListAsync(Containers.Posts, "", Token).ToListAsync(Token));
        Assert.Null(await SyncState.ReadAsync(_store, Token));
    }

    [Fact]
    public async Task Entries_that_lead_out_of_the_archive_or_are_links_are_never_written()
    {
        using var archive = new MemoryStream();
        await using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(gzip))
        {
            Add(tar, "blog/_posts/../../../_posts/2026-01-01-out.md", "out");
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "blog/_posts/2026-01-02-link.md") { LinkName = "/etc/passwd" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "blog/_posts/2026-01-03-hard.md") { LinkName = "/etc/passwd" });
            Add(tar, "blog/_posts/2026-01-04-fine.md", "fine");
            Add(tar, "blog/_posts/2026-01-05-large.md", new string('x', 100));
        }

        archive.Position = 0;
        var problems = new List<string>();
        var read = await TarballReader.ReadAsync(archive, _ => true, new() { PostBytes = 50 }, problems, Token).ToListAsync(Token);

        Assert.Equal("_posts/2026-01-04-fine.md", Assert.Single(read).Path);
        Assert.Equal(4, problems.Count);
    }

    [Fact]
    public async Task Cut_off_at_any_call_and_run_again_the_posts_are_those_of_the_blog()
    {
        for (var dieAt = 0; ; dieAt++)
        {
            using var folder = new TemporaryFolder();
            var store = new FolderBlobStore(folder.Sub("store"), TimeProvider.System);
            var (left, died) = (dieAt, false);
            var client = Client();
            Calls.After = _ =>
            {
                if (left-- == 0)
                {
                    died = true;
                    throw new InvalidOperationException("The process died.");
                }
            };
            using (var sync = new BlogSync(client, store, Clock))
            {
                await Record.ExceptionAsync(() => sync.RunAsync(push: null, Token));
            }

            Calls.After = null;
            using var again = new BlogSync(Client(), store, Clock);
            await again.RunAsync(push: null, Token);
            await AssertSameAsync(store);
            if (!died)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task An_empty_repository_is_named()
    {
        Server.Empty = true;
        using var sync = new BlogSync(Client(), _store, Clock);

        Assert.Equal(GitHubFailure.Empty, (await Assert.ThrowsAsync<GitHubException>(() => sync.RunAsync(push: null, Token))).Failure);
    }

    // What git says, with other eyes than the product's.
    private async Task AssertSameAsync(FolderBlobStore? store = null)
    {
        store ??= _store;
        var wanted = GitHub.Git.Run("ls-tree", "-r", "--name-only", "main").Split('\n').Where(path => path.StartsWith("_posts/", StringComparison.Ordinal) || path == "_config.yml").Order(StringComparer.Ordinal).ToList();
        var stored = await store.ListAsync(Containers.Posts, "", Token).Select(entry => entry.Name.Path).ToListAsync(Token);
        Assert.Equal(wanted, stored.Order(StringComparer.Ordinal));
        foreach (var path in wanted)
        {
            Assert.Equal(GitHub.Git.RunBytes(["cat-file", "blob", $"main:{path}"]), (await store.ReadAsync(new(Containers.Posts, path), Token))!.Value.Bytes);
        }
    }

    private static byte[] Archive(int megabytes)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            for (var number = 0; number < 70; number++)
            {
                Add(tar, $"blog/_posts/2020-01-01-many-{number}.md", $"Text {number}");
            }

            Add(tar, "blog/img/zeros.png", new string('\0', megabytes * 1024 * 1024));
        }

        return archive.ToArray();
    }

    private static void Add(TarWriter tar, string name, string text) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
}
