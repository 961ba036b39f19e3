using System.Text;

namespace Pipeline.Tokenization;

/// <summary>
/// A byte-level byte-pair encoding as GPT-2's: any text becomes token ids and comes back unchanged. Safe to use from many threads at once.
/// </summary>
/// <remarks>
/// Text never yields the id of a special token, whatever it spells: special ids are put in by their number. A lone surrogate,
/// which no UTF-8 can hold, is encoded as U+FFFD. A folder with CTRL's vocabulary gives CTRL's encoding, which keeps words and line ends but not
/// how many blanks there were.
/// </remarks>
public sealed class BpeTokenizer
{
    private static readonly Lazy<BpeTokenizer> SharedGpt2 = new(() => new BpeTokenizer(Gpt2Vocabulary.Read(Gpt2Vocabulary.DefaultPath)));

    private readonly BpeVocabulary _vocabulary;
    private readonly MergeTable? _merges;
    private readonly FastBpe? _fast;
    private readonly FastBpeEncoder? _fastEncoder;
    private readonly Lazy<string> _fingerprint;

    // Encoders at rest. One slot a processor: more callers than that make themselves one for the call.
    private readonly BpeEncoder?[] _encoders = new BpeEncoder?[Environment.ProcessorCount];

    internal BpeTokenizer(BpeVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _fingerprint = new Lazy<string>(vocabulary.ComputeFingerprint);
        var byteIds = new int[256];
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Tokens[id] is [var value])
            {
                byteIds[value] = id;
            }
        }

        _merges = new MergeTable(byteIds, [.. vocabulary.Merges]);
    }

    // What the unknown token stands for is lost, so it never comes out as text; it takes the place of the end of text, which CTRL has not.
    private BpeTokenizer(FastBpe fast)
    {
        _fast = fast;
        _fastEncoder = new FastBpeEncoder(fast.Ids, fast.Ranks, fast.Unknown);
        _vocabulary = new BpeVocabulary
        {
            Tokens = [.. Enumerable.Range(0, fast.Names.Count).Select(fast.Bytes)],
            Merges = [],
            SpecialTokens = new Dictionary<int, string> { [fast.Unknown] = fast.Names[fast.Unknown] },
            EndOfTextId = fast.Unknown,
        };
        _fingerprint = new Lazy<string>(_vocabulary.ComputeFingerprint);
    }

    /// <summary>How many ids there are, special ones included; ids run from 0 to one less.</summary>
    public int VocabularySize => _vocabulary.Tokens.Count;

    /// <summary>The id of <c>&lt;|endoftext|&gt;</c>, which stands between documents.</summary>
    public int EndOfTextId => _vocabulary.EndOfTextId;

    /// <summary>SHA-256 in lower-case hexadecimal over the vocabulary and the merges, in whatever files they came: equal for equal encodings.</summary>
    public string Fingerprint => _fingerprint.Value;

    internal BpeVocabulary Vocabulary => _vocabulary;

    /// <summary>OpenAI's GPT-2 encoding, 50,257 tokens.</summary>
    /// <exception cref="TokenizerException">Its vocabulary does not lie beside the program.</exception>
    public static BpeTokenizer Gpt2() => SharedGpt2.Value;

    /// <summary>Reads a tokenizer in Hugging Face's form: <c>tokenizer.json</c>, or else <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <exception cref="TokenizerException">A file is missing, broken, or asks for what byte-level byte-pair encoding does not do.</exception>
    public static BpeTokenizer Load(string folder) => FastBpeFiles.Are(folder) ? new(FastBpeFiles.Read(folder)) : new(TokenizerReader.Read(folder));

    /// <summary>
    /// Writes <c>tokenizer.json</c>, <c>vocab.json</c>, <c>merges.txt</c>, <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c>
    /// as Hugging Face's tools expect them. Each file appears whole or not at all.
    /// </summary>
    public void Save(string folder)
    {
        if (_fast is not null)
        {
            FastBpeFiles.Write(_fast, folder);
            return;
        }

        TokenizerWriter.Write(_vocabulary, folder);
    }

    /// <summary>Appends the text's ids to <paramref name="ids"/>. Allocates nothing that grows with the text, but for the list's own growth.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        if (_fastEncoder is not null)
        {
            _fastEncoder.Encode(text, ids);
            return;
        }

        var encoder = Rent();
        encoder.Encode(text, ids);
        Return(encoder);
    }

    /// <summary>The text's ids.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>(text.Length / 3);
        Encode(text, ids);
        return ids;
    }

    /// <summary>The text of the ids. Special ids give nothing; bytes that are no UTF-8 become U+FFFD as in the WHATWG Encoding Standard.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var length = 0;
        foreach (var id in ids)
        {
            length = checked(length + TokenBytes(id).Length);
        }

        var bytes = new byte[length];
        var rest = bytes.AsSpan();
        foreach (var id in ids)
        {
            var token = TokenBytes(id);
            token.CopyTo(rest);
            rest = rest[token.Length..];
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The bytes that a token stands for: often a part of a character. Empty for special ids.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> TokenBytes(int id) => (uint)id < (uint)_vocabulary.Tokens.Count
        ? _vocabulary.Tokens[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has the ids 0 to {_vocabulary.Tokens.Count - 1}.");

    private BpeEncoder Rent()
    {
        foreach (ref var slot in _encoders.AsSpan())
        {
            if (Interlocked.Exchange(ref slot, null) is { } encoder)
            {
                return encoder;
            }
        }

        return new BpeEncoder(_merges!);
    }

    private void Return(BpeEncoder encoder)
    {
        foreach (ref var slot in _encoders.AsSpan())
        {
            if (Interlocked.CompareExchange(ref slot, encoder, null) is null)
            {
                return;
            }
        }
    }
}
