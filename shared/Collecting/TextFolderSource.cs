using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pipeline.Posts.Text;

namespace Pipeline.Collecting;

/// <summary>Posts as files in a folder: Markdown, HTML and plain text anyhow, the content of a Hugo site, or that of an Astro site.</summary>
/// <param name="folder">The folder.</param>
/// <param name="file">The only file that is wanted, below the folder; null for all.</param>
/// <param name="name">What messages call the source.</param>
/// <param name="form">Whose rules hold: <see cref="SourceKind.Hugo"/>, <see cref="SourceKind.Astro"/> or nobody's.</param>
/// <param name="clock">Tells which dates lie in the future.</param>
public sealed partial class TextFolderSource(string folder, string? file, string name, SourceKind form, TimeProvider clock) : IPostSource
{
    private static readonly HashSet<string> OtherText = new(StringComparer.OrdinalIgnoreCase) { ".org", ".adoc", ".asciidoc", ".rst", ".docx", ".odt", ".rtf", ".pdf" };

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public string Kind => form.ToString().ToLowerInvariant();

    /// <inheritdoc />
    public async IAsyncEnumerable<CollectedPost> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        var (start, read) = (log.Problems.Count, 0);
        foreach (var path in file is null ? FolderFiles.Of(folder, name, log) : [file])
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Wants(path, log) && FolderFiles.Read(folder, path, name, log) is { } bytes)
            {
                read++;
                if (Post(path, bytes, log) is { } post)
                {
                    yield return post;
                }
            }

            await Task.Yield();
        }

        if (read == 0 && log.Problems.Count == start)
        {
            log.Problem($"{name}: holds no .md, .markdown, .mdx, .html, .htm or .txt file. Name the folder that holds the posts.");
        }
    }

    private bool Wants(string path, CollectLog log)
    {
        var extension = Path.GetExtension(path);
        if (OtherText.Contains(extension))
        {
            log.Omit($"files of type {extension.ToLowerInvariant()}, which are not read");
        }

        var segments = path.Split('/');
        // Hugo's _index is a list's own page; Astro leaves out all that begins so, and configurations and templates have such folders.
        return MarkupOf(extension) is not null && !Array.Exists(segments, segment => segment.StartsWith('_')) && (file is not null || segments[^1] is not ("README.md" or "LICENSE.txt" or "robots.txt"));
    }

    private CollectedPost? Post(string path, byte[] bytes, CollectLog log)
    {
        var text = TextFile.Read(path, bytes, name, log);
        if (text.WhyLeftOut(clock.GetUtcNow()) is { } reason)
        {
            log.Omit(reason);
            return null;
        }

        var page = MarkupOf(Path.GetExtension(path)) == Form.Html ? HtmlPage.Parse(text.Body) : null;
        var (date, guess) = text.Date is { } written ? (written, false)
            : page?.Date is { } shown ? (shown, false)
            : (new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(folder, path)).Date, TimeSpan.Zero), true);
        var (body, markup) = Body(path, text, page);
        return new($"{FolderId.Of(name)}/{path}", text.Title ?? page?.Title ?? FirstHeading(markup, ref body) ?? TextFile.NameOf(path), date, body, markup)
        {
            Categories = text.Categories,
            Tags = text.Tags,
            Language = text.Language ?? page?.Language ?? NamedLanguage(path),
            DateIsGuess = guess,
        };
    }

    private (string Body, PostMarkup Markup) Body(string path, TextFile text, HtmlPage? page) => MarkupOf(Path.GetExtension(path)) switch
    {
        Form.Html => (page!.Body, PostMarkup.Html),
        Form.Plain => (PlainText.ToHtml(text.Body), PostMarkup.Html),
        Form.Mdx => (MdxText.ToMarkdown(text.Body), PostMarkup.Markdown),
        _ => (form == SourceKind.Hugo ? HugoText.ToMarkdown(text.Body) : text.Body, PostMarkup.Markdown),
    };

    // The heading that names the post is its title; standing in the text too it would be learnt twice.
    private static string? FirstHeading(PostMarkup markup, ref string body)
    {
        if (markup != PostMarkup.Markdown || Heading().Match(body) is not { Success: true } heading || PostFileText.Line(heading.Groups[1].Value) is not { Length: > 0 } title)
        {
            return null;
        }

        body = body[(heading.Index + heading.Length)..];
        return title;
    }

    // Hugo's translations are called post.de.md.
    private string? NamedLanguage(string path) =>
        form == SourceKind.Hugo && Path.GetExtension(Path.GetFileNameWithoutExtension(path)) is { Length: 3 } code && char.IsAsciiLetterLower(code[1]) && char.IsAsciiLetterLower(code[2]) ? code[1..] : null;

    private static Form? MarkupOf(string extension) => extension.ToLowerInvariant() switch
    {
        ".md" or ".markdown" or ".mkd" or ".mkdn" or ".mkdown" => Form.Markdown,
        ".mdx" => Form.Mdx,
        ".html" or ".htm" or ".xhtml" => Form.Html,
        ".txt" or ".text" => Form.Plain,
        _ => null,
    };

    [GeneratedRegex(@"\A\s*#[ \t]+([^\n]{1,500}?)[ \t#]*(?:\n|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Heading();

    private enum Form
    {
        Markdown,
        Mdx,
        Html,
        Plain,
    }
}
