using System.Runtime.CompilerServices;
using Pipeline.Posts;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>The published posts of a Jekyll blog's folder.</summary>
/// <param name="folder">The folder.</param>
/// <param name="name">What messages call it: the folder, or the address that it was fetched from.</param>
/// <param name="clock">Tells which dates lie in the future.</param>
public sealed class JekyllSource(string folder, string name, TimeProvider clock) : IPostSource
{
    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public string Kind => "jekyll";

    /// <inheritdoc />
    public async IAsyncEnumerable<CollectedPost> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        var blog = BlogFolder.Open(folder);
        foreach (var problem in blog.Problems)
        {
            log.Problem($"{name}: {problem}");
        }

        var reader = new PostReader(blog.Config, PostReaderOptions.Default, clock);
        foreach (var path in blog.PostFiles(drafts: false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Post(blog, reader, path, log) is { } post)
            {
                yield return post;
            }

            await Task.Yield();
        }
    }

    private CollectedPost? Post(BlogFolder blog, PostReader reader, string path, CollectLog log)
    {
        ReadOnlyMemory<byte> bytes;
        try
        {
            bytes = blog.ReadPost(path);
        }
        catch (BlogException exception)
        {
            log.Problem($"{name}: {exception.Message}");
            return null;
        }

        var document = reader.Read(path, bytes);
        if (document is { Skipped: { } reason })
        {
            log.Omit(reason);
            return null;
        }

        var text = PostEncoding.Decode(bytes.Span, []);
        return new($"{FolderId.Of(name)}/{path}", document.Title, document.Date!.Value, FrontMatter.Parse(text, path).Body, PostPath.TryParse(path)!.Markup ?? PostMarkup.Markdown)
        {
            Categories = document.Categories,
            Tags = document.Tags,
            Language = document.Language == LanguageGuess.Unknown ? null : document.Language,
            IsLiquid = true,
        };
    }
}
