using System.Formats.Tar;
using System.IO.Compression;
using Pipeline.Storage;

namespace Pipeline.GitHub;

/// <summary>Reads the wanted files of a repository's archive from a stream, once, without unpacking it anywhere. Links are never followed.</summary>
internal static class TarballReader
{
    /// <summary>The wanted files: path in the repository and bytes.</summary>
    /// <param name="archive">A gzipped tar whose entries all lie in one folder.</param>
    /// <param name="wanted">Tells by its path whether a file is read.</param>
    /// <param name="limits">How much there may be.</param>
    /// <param name="problems">Gets a sentence for each wanted file that was left out.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidDataException">The archive is damaged or larger than the limits; the message says what to do.</exception>
    public static async IAsyncEnumerable<(string Path, byte[] Bytes)> ReadAsync(
        Stream archive, Func<string, bool> wanted, TarballLimits limits, ICollection<string> problems, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var unpacked = new LimitedStream(new GZipStream(archive, CompressionMode.Decompress), limits.TotalBytes);
        await using var reader = new TarReader(new TarGuard(unpacked));
        var (entries, bytes) = (0, 0L);
        while (await NextAsync(reader, cancellationToken) is { } entry)
        {
            if (++entries > limits.Entries)
            {
                throw new InvalidDataException($"The repository's archive has more than {limits.Entries} entries. Keep the blog in a repository of its own.");
            }

            var path = entry.Name.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? entry.Name[(slash + 1)..] : "";
            if (!wanted(path))
            {
                continue;
            }

            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || entry.DataStream is not { } data && entry.Length > 0)
            {
                problems.Add($"{path}: left out, since it is a link or no file. Put a copy there.");
                continue;
            }

            if (BlobName.ProblemOf(path) is { } problem)
            {
                problems.Add(problem);
                continue;
            }

            if (entry.Length > limits.PostBytes)
            {
                problems.Add($"{path}: left out, since it has {entry.Length / 1048576.0:0.0} MB, more than the {limits.PostBytes / 1048576.0:0.#} MB of a post. Split it or move its data into a file of its own.");
                continue;
            }

            if ((bytes += entry.Length) > limits.PostsBytes)
            {
                throw new InvalidDataException($"The repository's posts have more than {limits.PostsBytes / 1048576} MB together. Keep the blog in a repository of its own.");
            }

            var content = new byte[entry.Length];
            if (entry.DataStream is { } stream)
            {
                await ReadAsync(stream, content, cancellationToken);
            }

            yield return (path, content);
        }
    }

    private static async Task ReadAsync(Stream stream, byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(content, cancellationToken);
        }
        catch (IOException exception)
        {
            throw Damaged(exception);
        }
    }

    private static InvalidDataException Damaged(Exception exception) =>
        new($"The repository's archive is damaged or was cut off: {exception.Message} It is tried again at the next run.", exception);

    private static async Task<TarEntry?> NextAsync(TarReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.GetNextEntryAsync(copyData: false, cancellationToken);
        }
        catch (Exception exception) when (exception is FormatException or IOException or ArgumentException or OverflowException)
        {
            throw Damaged(exception);
        }
    }

    /// <summary>Ends with an error when more comes out of it than allowed.</summary>
    private sealed class LimitedStream(Stream inner, long most) : ForwardStream
    {
        private long _read;

        public override int Read(Span<byte> buffer) => Count(inner.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Count(await inner.ReadAsync(buffer, cancellationToken));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Count(int read) => (_read += read) <= most
            ? read
            : throw new InvalidDataException($"The repository's archive unpacks to more than {most / 1048576} MB. Keep the blog in a repository of its own.");
    }
}
