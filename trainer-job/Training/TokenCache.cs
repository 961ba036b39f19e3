using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Storage;

namespace Pipeline.TrainerJob.Training;

/// <summary>Keeps a corpus's tokens in a file named for corpus and tokenizer, so that neither can be mistaken for another.</summary>
/// <param name="folder">The folder of all such files; made when the first is written.</param>
internal sealed class TokenCache(string folder)
{
    private static readonly byte[] _magic = Encoding.ASCII.GetBytes("pipeline tokens 1\n");

    /// <summary>The tokens of a corpus: from the file if it is there and whole, else made and kept.</summary>
    /// <param name="corpusId">The corpus.</param>
    /// <param name="fingerprint">The tokenizer's fingerprint.</param>
    /// <param name="encode">Makes the tokens.</param>
    public async Task<TokenizedCorpus> GetAsync(string corpusId, string fingerprint, Func<TokenizedCorpus> encode, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, $"{corpusId}-{fingerprint[..Math.Min(16, fingerprint.Length)]}.tokens");
        if (File.Exists(path) && Parse(await File.ReadAllBytesAsync(path, cancellationToken)) is { } kept)
        {
            return kept;
        }

        var corpus = encode();
        await AtomicFile.WriteAsync(path, Format(corpus), cancellationToken);
        return corpus;
    }

    private static byte[] Format(TokenizedCorpus corpus)
    {
        // Counts of posts, then for each its length and ids, all as little-endian 32-bit numbers.
        List<int> numbers = [corpus.Train.Count, corpus.Validation.Count];
        foreach (var document in corpus.Train.Concat(corpus.Validation))
        {
            numbers.Add(document.Length);
            numbers.AddRange(document);
        }

        var payload = new byte[numbers.Count * sizeof(int)];
        for (var i = 0; i < numbers.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(i * sizeof(int)), numbers[i]);
        }

        return [.. _magic, .. SHA256.HashData(payload), .. payload];
    }

    private static TokenizedCorpus? Parse(ReadOnlySpan<byte> bytes)
    {
        var header = _magic.Length + SHA256.HashSizeInBytes;
        if (bytes.Length < header || !bytes.StartsWith(_magic)
            || !SHA256.HashData(bytes[header..]).AsSpan().SequenceEqual(bytes[_magic.Length..header]))
        {
            return null;
        }

        // The checksum says that the numbers are ours, so the lengths can be trusted.
        var numbers = new int[(bytes.Length - header) / sizeof(int)];
        MemoryMarshal.Cast<byte, int>(bytes[header..]).CopyTo(numbers);
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(numbers, numbers);
        }

        var at = 2;
        return new TokenizedCorpus(Take(numbers[0]), Take(numbers[1]));

        int[][] Take(int count)
        {
            var documents = new int[count][];
            for (var i = 0; i < count; i++)
            {
                var length = numbers[at++];
                documents[i] = numbers[at..(at += length)];
            }

            return documents;
        }
    }
}
