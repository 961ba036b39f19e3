using Pipeline.Posts;
using Pipeline.Shared.Tests.Corpus;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Storage;

public sealed class DocumentStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FolderBlobStore _store;
    private readonly DocumentStore _documents;

    public DocumentStoreTests()
    {
        _store = new FolderBlobStore(_folder.FullName, TimeProvider.System);
        _documents = new DocumentStore(_store);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Documents_are_read_back_in_the_order_of_their_names()
    {
        var posts = Documents.Different(50).ToList();
        foreach (var post in Enumerable.Reverse(posts))
        {
            await _documents.WriteAsync(post, Cancel);
        }

        Assert.Equivalent(posts, await AllAsync(), strict: true);
        Assert.True(File.Exists(_folder.Sub("documents", "_posts", "0007.md.json")));
        Assert.Equivalent(posts[7], await _documents.ReadAsync("_posts/0007.md", Cancel), strict: true);
    }

    [Fact]
    public async Task A_document_written_twice_is_there_once_and_a_deleted_one_is_gone()
    {
        await _documents.WriteAsync(Documents.Post("a.md", "one"), Cancel);
        await _documents.WriteAsync(Documents.Post("a.md", "two"), Cancel);
        Assert.Equal("two", Assert.Single(await AllAsync()).Text);

        Assert.True(await _documents.DeleteAsync("a.md", Cancel));
        Assert.False(await _documents.DeleteAsync("a.md", Cancel));
        Assert.Null(await _documents.ReadAsync("a.md", Cancel));
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public async Task A_post_whose_name_fills_the_file_system_has_a_document_too()
    {
        var first = Documents.Post($"_posts/2024-01-01-{new string('世', 80)}.md", "one");
        var second = Documents.Post($"_posts/2024-01-01-{new string('世', 79)}界.md", "two");
        await _documents.WriteAsync(first, Cancel);
        await _documents.WriteAsync(second, Cancel);

        Assert.Equal(new HashSet<string> { first.Path, second.Path }, (await AllAsync()).Select(post => post.Path).ToHashSet());
        Assert.True(await _documents.DeleteAsync(first.Path, Cancel));
        Assert.Equal("two", Assert.Single(await AllAsync()).Text);
    }

    [Fact]
    public async Task A_damaged_document_is_named()
    {
        foreach (var post in Documents.Different(40))
        {
            await _documents.WriteAsync(post, Cancel);
        }

        await File.WriteAllTextAsync(_folder.Sub("documents", "_posts", "0003.md.json"), "{", Cancel);
        var exception = await Assert.ThrowsAsync<FormatException>(AllAsync);
        Assert.Contains("documents/_posts/0003.md.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_of_a_newer_format_is_refused()
    {
        await _documents.WriteAsync(Documents.Post("a.md", "x") with { Format = PostDocument.CurrentFormat + 1 }, Cancel);
        Assert.Contains("Update Pipeline", (await Assert.ThrowsAsync<FormatException>(AllAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_can_stop_early()
    {
        foreach (var post in Documents.Different(40))
        {
            await _documents.WriteAsync(post, Cancel);
        }

        await foreach (var post in _documents.ReadAllAsync(Cancel))
        {
            Assert.Equal("_posts/0000.md", post.Path);
            break;
        }
    }

    private async Task<List<PostDocument>> AllAsync() => await _documents.ReadAllAsync(Cancel).ToListAsync(Cancel);
}
