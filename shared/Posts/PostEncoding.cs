using System.Buffers;
using System.Text;

namespace Pipeline.Posts;

/// <summary>Turns a post's bytes into text, whatever they are.</summary>
public static class PostEncoding
{
    // The 32 places in which Windows-1252 differs from Latin-1; the five that it leaves open are dropped.
    // Source: https://encoding.spec.whatwg.org/index-windows-1252.txt
    private const string HighControls =
        "\u20AC\0\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\0\u017D\0\0\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\0\u017E\u0178";

    /// <summary>
    /// Decodes UTF-8 with or without a mark, UTF-16 with a mark, and reads as Windows-1252 each byte that is no part of valid UTF-8,
    /// so that a file of both kinds is never decoded twice. The result has line feeds only and no control characters.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> bytes, List<string> warnings)
    {
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            var encoding = new UnicodeEncoding(bigEndian: bytes[0] == 0xFE, byteOrderMark: false, throwOnInvalidBytes: false);
            warnings.Add("The file is UTF-16, which Jekyll refuses; it was read here. Save it as UTF-8.");
            return CharacterCleaner.CleanSource(encoding.GetString(bytes[2..]).Replace("\uFFFD", "", StringComparison.Ordinal));
        }

        while (bytes is [0xEF, 0xBB, 0xBF, ..])
        {
            bytes = bytes[3..];
        }

        string text;
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            text = Encoding.UTF8.GetString(bytes);
        }
        else
        {
            text = DecodeMixed(bytes, out var foreign);
            warnings.Add($"The file is not valid UTF-8; {foreign} {(foreign == 1 ? "byte was" : "bytes were")} read as Windows-1252. Save it as UTF-8, since Jekyll leaves it out.");
        }

        if (bytes.Contains((byte)0))
        {
            warnings.Add("The file holds NUL bytes, which were dropped.");
        }

        return CharacterCleaner.CleanSource(text);
    }

    private static string DecodeMixed(ReadOnlySpan<byte> bytes, out int foreign)
    {
        foreign = 0;
        var builder = new StringBuilder(bytes.Length);
        Span<char> characters = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
            {
                builder.Append(characters[..rune.EncodeToUtf16(characters)]);
                bytes = bytes[length..];
                continue;
            }

            var character = bytes[0] < 0xA0 ? HighControls[bytes[0] - 0x80] : (char)bytes[0];
            if (character != 0)
            {
                builder.Append(character);
            }

            foreign++;
            bytes = bytes[1..];
        }

        return builder.ToString();
    }
}
