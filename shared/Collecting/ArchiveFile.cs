using System.Formats.Tar;
using System.IO.Compression;
using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Collecting;

/// <summary>Unpacks what a collector could want of a zip or a gzipped tar, as X, Mastodon and GitHub give them.</summary>
public static class ArchiveFile
{
    // More is no archive of posts, or an attack.
    private const long MostBytes = 4L * 1024 * 1024 * 1024;
    private const int MostFiles = 200_000;

    private static readonly HashSet<string> Wanted = new(StringComparer.OrdinalIgnoreCase)
    {
        ".js", ".json", ".md", ".markdown", ".mdx", ".html", ".htm", ".txt", ".yml", ".yaml", ".toml", ".mjs", ".ts", ".xml",
    };

    /// <summary>Whether the file is such an archive, by its first bytes.</summary>
    public static bool Is(string path)
    {
        var head = new byte[4];
        using var stream = File.OpenRead(path);
        return head.AsSpan(0, stream.ReadAtLeast(head, 4, throwOnEndOfStream: false)) is [0x50, 0x4B, 0x03, 0x04] or [0x1F, 0x8B, ..];
    }

    /// <summary>Unpacks a file; what cannot be unpacked is told to the log.</summary>
    /// <returns>The folder with the files; where all lie in one folder, that one.</returns>
    /// <exception cref="BlogException">The archive is damaged from its beginning, or larger than an archive of posts can be.</exception>
    public static async Task<string> UnpackAsync(string path, string name, string folder, CollectLog log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        var target = new Target(Directory.CreateDirectory(Path.Combine(folder, "unpacked")).FullName, name);
        try
        {
            await using var stream = File.OpenRead(path);
            await (stream.ReadByte() == 0x50 ? ZipAsync(stream, target, cancellationToken) : TarAsync(stream, target, cancellationToken));
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException)
        {
            var sentence = $"{name}: the archive is damaged or was cut off ({exception.Message.TrimEnd('.')}). Download it again.";
            if (target.Files == 0)
            {
                throw new BlogException(sentence, exception);
            }

            log.Problem(sentence + " What was unpacked before that place was read.");
        }

        var top = target.Folder;
        while (Directory.GetFileSystemEntries(top) is [var only] && Directory.Exists(only))
        {
            top = only;
        }

        return top;
    }

    private static async Task ZipAsync(Stream stream, Target target, CancellationToken cancellationToken)
    {
        stream.Position = 0;
        await using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
        foreach (var entry in archive.Entries)
        {
            if (target.PathOf(entry.FullName) is { } file)
            {
                await using var content = await entry.OpenAsync(cancellationToken);
                await target.WriteAsync(file, content, cancellationToken);
            }
        }
    }

    private static async Task TarAsync(Stream stream, Target target, CancellationToken cancellationToken)
    {
        stream.Position = 0;
        await using var reader = new TarReader(new TarGuard(new GZipStream(stream, CompressionMode.Decompress)));
        while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && entry.DataStream is { } content && target.PathOf(entry.Name) is { } file)
            {
                await target.WriteAsync(file, content, cancellationToken);
            }
        }
    }

    private sealed class Target(string folder, string name)
    {
        private long _bytes;

        public string Folder => folder;

        public int Files { get; private set; }

        public string? PathOf(string entry)
        {
            var segments = entry.Replace('\\', '/').Split('/');
            segments = segments[0] == "." ? segments[1..] : segments;
            // Media are most of such an archive, and none of its text.
            return Wanted.Contains(Path.GetExtension(entry)) && segments.Length > 0 && !Array.Exists(segments, segment => segment is "" or "." or ".." || segment.AsSpan().ContainsAny('\0', ':'))
                ? Path.Combine([folder, .. segments])
                : null;
        }

        public async Task WriteAsync(string path, Stream content, CancellationToken cancellationToken)
        {
            if (++Files > MostFiles)
            {
                throw new BlogException($"{name}: holds more than {MostFiles} files of text, more than an archive of posts can. Unpack it and name the folder of the posts.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
            var buffer = new byte[1 << 16];
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                // What an archive says of its sizes need not be true.
                if ((_bytes += read) > MostBytes)
                {
                    throw new BlogException($"{name}: unpacks to more than {MostBytes >> 30} GB of text, more than an archive of posts can. Unpack it and name the folder of the posts.");
                }

                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
    }
}
