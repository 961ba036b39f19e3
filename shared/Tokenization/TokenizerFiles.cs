using System.Text;

namespace Pipeline.Tokenization;

/// <summary>Names of a tokenizer's files, and reading and writing them with care.</summary>
internal static class TokenizerFiles
{
    public const string Tokenizer = "tokenizer.json";
    public const string Vocabulary = "vocab.json";
    public const string Merges = "merges.txt";
    public const string Configuration = "tokenizer_config.json";
    public const string SpecialTokens = "special_tokens_map.json";

    // The largest byte-level vocabularies in use (200,000 tokens) take 25 MB.
    private const long LargestFile = 64L << 20;

    /// <summary>The file's bytes.</summary>
    /// <exception cref="TokenizerException">The file is missing or too large; the message ends with <paramref name="remedy"/>.</exception>
    public static byte[] Read(string path, string remedy)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new TokenizerException($"{path} is missing: {remedy}.");
        }

        return file.Length <= LargestFile
            ? File.ReadAllBytes(path)
            : throw new TokenizerException($"{path} has {file.Length} bytes, more than the {LargestFile} that a vocabulary may have: {remedy}.");
    }

    /// <summary>The file's text, which must be UTF-8.</summary>
    /// <exception cref="TokenizerException">As for <see cref="Read"/>, or the file is not UTF-8.</exception>
    public static string ReadText(string path, string remedy)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Read(path, remedy));
        }
        catch (DecoderFallbackException exception)
        {
            throw new TokenizerException($"{path} is not UTF-8: {remedy}.", exception);
        }
    }

    /// <summary>Writes a file so that nobody ever sees a part of it.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + ".tmp";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }
}
