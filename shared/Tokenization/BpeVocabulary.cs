using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Tokenization;

/// <summary>The tokens and rules of a byte-pair encoding, complete and checked.</summary>
internal sealed class BpeVocabulary
{
    /// <summary>The name of the token between documents.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>The most tokens a vocabulary may have.</summary>
    public const int MostTokens = 1 << 20;

    /// <summary>Each id's bytes; empty for special tokens, which stand for no text.</summary>
    public required IReadOnlyList<byte[]> Tokens { get; init; }

    /// <summary>The rules by rank.</summary>
    public required IReadOnlyList<BpeMerge> Merges { get; init; }

    /// <summary>The names of the tokens that stand for no text, by id.</summary>
    public required IReadOnlyDictionary<int, string> SpecialTokens { get; init; }

    /// <summary>The id of <see cref="EndOfText"/>.</summary>
    public required int EndOfTextId { get; init; }

    /// <summary>The vocabulary that follows from rules alone, laid out as GPT-2's: 256 bytes, a token a rule, the end of text.</summary>
    /// <param name="merges">Left and right id of each rule; a rule may use only tokens before its own.</param>
    public static BpeVocabulary FromMerges(IEnumerable<(int Left, int Right)> merges)
    {
        var tokens = new List<byte[]>();
        foreach (var value in ByteLevelAlphabet.InOrder)
        {
            tokens.Add([value]);
        }

        var rules = new List<BpeMerge>();
        foreach (var (left, right) in merges)
        {
            rules.Add(new BpeMerge(left, right, tokens.Count));
            tokens.Add([.. tokens[left], .. tokens[right]]);
        }

        tokens.Add([]);
        var endOfText = tokens.Count - 1;
        return new BpeVocabulary
        {
            Tokens = tokens,
            Merges = rules,
            SpecialTokens = new Dictionary<int, string> { [endOfText] = EndOfText },
            EndOfTextId = endOfText,
        };
    }

    /// <summary>The token's name in vocabulary files.</summary>
    public string Name(int id) => SpecialTokens.TryGetValue(id, out var name) ? name : ByteLevelAlphabet.Format(Tokens[id]);

    /// <summary>SHA-256 in lower-case hexadecimal over every token's bytes (or special name) in the order of ids, and every rule in the order of ranks.</summary>
    public string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> header = stackalloc byte[12];
        for (var id = 0; id < Tokens.Count; id++)
        {
            var special = SpecialTokens.TryGetValue(id, out var name);
            var bytes = special ? Encoding.UTF8.GetBytes(name!) : Tokens[id];
            BinaryPrimitives.WriteInt32LittleEndian(header, special ? 1 : 0);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], bytes.Length);
            hash.AppendData(header[..8]);
            hash.AppendData(bytes);
        }

        foreach (var merge in Merges)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header, merge.Left);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], merge.Right);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], merge.Result);
            hash.AppendData(header);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
