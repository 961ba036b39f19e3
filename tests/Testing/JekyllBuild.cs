namespace Pipeline.Testing;

/// <summary>What a build of a site gave.</summary>
/// <param name="ExitCode">Zero if Jekyll was content, which it also is with posts that it left out.</param>
/// <param name="Output">All that it printed.</param>
/// <param name="Folder">The folder with the pages.</param>
public sealed record JekyllBuild(int ExitCode, string Output, string Folder)
{
    /// <summary>The page at a URL of the site, such as <c>/2024/05/01/title.html</c> or <c>/2024/title/</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such page; the message lists those that there are.</exception>
    public string Page(string url)
    {
        var path = Path.Combine(Folder, Uri.UnescapeDataString(url).TrimStart('/') + (url.EndsWith('/') ? "index.html" : ""));
        return File.Exists(path)
            ? File.ReadAllText(path)
            : throw new FileNotFoundException(
                $"No page at {url}. Pages: {string.Join(' ', Directory.EnumerateFiles(Folder, "*.html", SearchOption.AllDirectories).Select(page => Path.GetRelativePath(Folder, page)))}. Jekyll said: {Output}");
    }
}
