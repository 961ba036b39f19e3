using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Collecting;

/// <summary>
/// The characters of an XML file as a parser can take them: in the encoding that the file names, with bytes that are not of it read as Latin-1
/// and control characters, which exports often hold and XML forbids, turned into blanks.
/// </summary>
internal sealed partial class XmlText : StreamReader
{
    private const int HeadLength = 512;

    private XmlText(Stream stream, Encoding encoding)
        : base(stream, encoding, detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16)
    {
    }

    /// <summary>Opens a file.</summary>
    public static XmlText Open(string path)
    {
        var stream = File.OpenRead(path);
        var head = new byte[HeadLength];
        var length = stream.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false);
        stream.Position = 0;
        var named = EncodingName().Match(Encoding.Latin1.GetString(head, 0, length));
        return new(stream, named.Success ? Find(named.Groups[1].Value) : Find("utf-8"));
    }

    /// <inheritdoc />
    public override int Read(char[] buffer, int index, int count) => Clean(buffer.AsSpan(index, base.Read(buffer, index, count)));

    /// <inheritdoc />
    public override int Read(Span<char> buffer) => Clean(buffer[..base.Read(buffer)]);

    /// <inheritdoc />
    public override async Task<int> ReadAsync(char[] buffer, int index, int count) =>
        Clean(buffer.AsSpan(index, await base.ReadAsync(buffer, index, count)));

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        return Clean(buffer.Span[..read]);
    }

    private static int Clean(Span<char> characters)
    {
        foreach (ref var character in characters)
        {
            if (character is < ' ' and not ('\t' or '\n' or '\r') or '\uFFFE' or '\uFFFF')
            {
                character = ' ';
            }
        }

        return characters.Length;
    }

    private static Encoding Find(string name)
    {
        var fallback = new Latin1Fallback();
        try
        {
            // UTF-16 has its mark, and whoever could read the declaration's bytes knows that the file is not in it.
            return name.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase)
                ? Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, fallback)
                : (CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ReplacementFallback, fallback)
                    ?? Encoding.GetEncoding(name, EncoderFallback.ReplacementFallback, fallback));
        }
        catch (ArgumentException)
        {
            // An encoding that nobody knows is most likely a misspelt UTF-8.
            return Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, fallback);
        }
    }

    [GeneratedRegex("""^[^<]{0,3}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""", RegexOptions.CultureInvariant)]
    private static partial Regex EncodingName();
}
