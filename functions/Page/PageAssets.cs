using System.Security.Cryptography;

namespace Pipeline.Functions.Page;

/// <summary>The page's own files: style, scripts, icon. They are part of the program.</summary>
internal static class PageAssets
{
    private const string Prefix = "page/";

    private static readonly Dictionary<string, PageAsset> Files = typeof(PageAssets).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(name => name[Prefix.Length..], Read, StringComparer.Ordinal);

    /// <summary>A file; null if there is none of that name.</summary>
    public static PageAsset? Find(string name) => Files.GetValueOrDefault(name);

    private static PageAsset Read(string name)
    {
        using var content = typeof(PageAssets).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[content.Length];
        content.ReadExactly(bytes);
        var type = Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            var other => throw new InvalidDataException($"The page has a file of the kind {other}, which it does not know."),
        };
        return new(bytes, type, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
    }
}

/// <summary>A file of the page.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Type">Its media type.</param>
/// <param name="ETag">Changes with its bytes.</param>
internal sealed record PageAsset(byte[] Bytes, string Type, string ETag);
