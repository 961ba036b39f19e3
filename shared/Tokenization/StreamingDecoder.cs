using System.Text;

namespace Pipeline.Tokenization;

/// <summary>
/// Turns ids into text as they come, never a part of a character: bytes that may still become one wait for the next id.
/// All that it returns, put together, is what <see cref="BpeTokenizer.Decode"/> returns for all ids.
/// </summary>
public sealed class StreamingDecoder(BpeTokenizer tokenizer)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _characters = new char[64];

    /// <summary>The characters that the id completes; often none. Special ids give nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id) => Decode(tokenizer.TokenBytes(id), flush: false);

    /// <summary>What still waits, as U+FFFD; the decoder is then as new.</summary>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        // A byte gives at most one character, and three bytes may be waiting.
        if (_characters.Length < bytes.Length + 4)
        {
            _characters = new char[bytes.Length + 4];
        }

        var count = _decoder.GetChars(bytes, _characters, flush);
        return new string(_characters, 0, count);
    }
}
