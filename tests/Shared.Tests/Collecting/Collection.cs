using Pipeline.Collecting;
using Pipeline.Posts;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Collecting;

/// <summary>A folder with sources and a folder that they are collected into.</summary>
internal sealed class Collection : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public CollectLog Log { get; private set; } = new();

    public string Blog => _temporary.Sub("blog");

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        var path = _temporary.Sub(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string PathOf(string name) => _temporary.Sub(name);

    public Task<CollectResult> CollectAsync(string name, SourceKind? kind = null) => CollectAsync(name, new CollectOptions(), kind);

    public Task<CollectResult> CollectAsync(string name, CollectOptions options, SourceKind? kind = null)
    {
        Log = new();
        return new CollectedFolder(Blog).CollectAsync(SourceRecognizer.Open(PathOf(name), name, kind, options, TimeProvider.System), Log, null, TestContext.Current.CancellationToken);
    }

    /// <summary>The collected posts as the rest of the product reads them.</summary>
    public IReadOnlyList<PostDocument> Documents()
    {
        var blog = BlogFolder.Open(Blog);
        var reader = new PostReader(blog.Config, new PostReaderOptions(), TimeProvider.System);
        return [.. blog.PostFiles(drafts: false).Select(path => reader.Read(path, blog.ReadPost(path)))];
    }

    public void Dispose() => _temporary.Dispose();
}
