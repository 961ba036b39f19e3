using System.Text;

namespace Pipeline.Collecting;

/// <summary>The bytes of a JSON file as valid UTF-8, whatever it is written in.</summary>
internal static class JsonText
{
    /// <summary>Opens a file in UTF-8, in UTF-16 with a mark, or in a mixture with Latin-1.</summary>
    public static Stream Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16, FileOptions.SequentialScan);
        var mark = new byte[3];
        var length = stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false);
        var (encoding, skip) = mark.AsSpan(0, length) switch
        {
            [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
            [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
            [0xEF, 0xBB, 0xBF] => (Latin1Fallback.Utf8, 3),
            _ => (Latin1Fallback.Utf8, 0),
        };
        stream.Position = skip;
        return Encoding.CreateTranscodingStream(stream, encoding, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }
}
