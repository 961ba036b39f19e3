namespace Pipeline.Tokenization;

/// <summary>Puts a vocabulary together from what files say, and refuses what does not fit.</summary>
internal sealed class VocabularyBuilder
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<int, string> _special = [];
    private readonly List<BpeMerge> _merges = [];
    private readonly HashSet<(int, int)> _pairs = [];

    /// <summary>Adds a token of the vocabulary.</summary>
    public void AddToken(string path, string name, long id)
    {
        if (id is < 0 or >= BpeVocabulary.MostTokens)
        {
            throw Error(path, $"the token '{Show(name)}' has the id {id}, not one from 0 to {BpeVocabulary.MostTokens - 1}");
        }

        if (name.Length == 0)
        {
            throw Error(path, $"the token with the id {id} has no name");
        }

        if (!_ids.TryAdd(name, (int)id))
        {
            throw Error(path, $"the token '{Show(name)}' is there twice");
        }

        if (!_names.TryAdd((int)id, name))
        {
            throw Error(path, $"the id {id} belongs to '{Show(_names[(int)id])}' and to '{Show(name)}'");
        }
    }

    /// <summary>Adds a token that stands for no text; it may be in the vocabulary already, with the same id.</summary>
    public void AddSpecialToken(string path, string name, long id)
    {
        if (!_ids.TryGetValue(name, out var known))
        {
            AddToken(path, name, id);
        }
        else if (known != id)
        {
            throw Error(path, $"the added token '{Show(name)}' has the id {id}, but in the vocabulary it has {known}");
        }

        _special[(int)id] = name;
    }

    /// <summary>Adds the next rule; all tokens have been added before.</summary>
    public void AddMerge(string path, NamedMerge merge)
    {
        var left = IdOf(path, merge, merge.Left);
        var right = IdOf(path, merge, merge.Right);
        var result = IdOf(path, merge, merge.Left + merge.Right);
        if (!_pairs.Add((left, right)))
        {
            throw Error(path, $"merge number {merge.Rank + 1}, '{Show(merge.Left)} {Show(merge.Right)}', is there twice");
        }

        _merges.Add(new BpeMerge(left, right, result));
    }

    /// <summary>The vocabulary, if it is complete.</summary>
    public BpeVocabulary Build(string path)
    {
        if (!_ids.TryGetValue(BpeVocabulary.EndOfText, out var endOfText))
        {
            throw Error(path, $"the vocabulary lacks the token {BpeVocabulary.EndOfText}, which stands between documents");
        }

        _special[endOfText] = BpeVocabulary.EndOfText;
        foreach (var merge in _merges)
        {
            if (_special.ContainsKey(merge.Left) || _special.ContainsKey(merge.Right) || _special.ContainsKey(merge.Result))
            {
                throw Error(path, $"the merge '{Show(_names[merge.Left])} {Show(_names[merge.Right])}' uses or makes a special token, which text must never yield");
            }
        }

        var tokens = new byte[_names.Count][];
        var missingBytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToHashSet();
        for (var id = 0; id < tokens.Length; id++)
        {
            if (!_names.TryGetValue(id, out var name))
            {
                throw Error(path, $"the vocabulary has {tokens.Length} tokens but none with the id {id}: ids must run from 0 without a hole");
            }

            tokens[id] = _special.ContainsKey(id)
                ? []
                : ByteLevelAlphabet.Parse(name) ?? throw Error(path, $"the token '{Show(name)}' holds a character that stands for no byte, so this is no byte-level vocabulary");
            if (tokens[id] is [var single])
            {
                missingBytes.Remove(single);
            }
        }

        if (missingBytes.Count > 0)
        {
            throw Error(path, $"the vocabulary lacks a token for {missingBytes.Count} of the 256 bytes (the first is 0x{missingBytes.Min():X2}), so not every text could be encoded");
        }

        return new BpeVocabulary { Tokens = tokens, Merges = _merges, SpecialTokens = _special, EndOfTextId = endOfText };
    }

    private static TokenizerException Error(string path, string problem) =>
        new($"{path}: {problem}. Take a byte-level tokenizer such as GPT-2's, or write the file again with the tool that made it.");

    // Hostile names may be long or hold control characters.
    private static string Show(string name)
    {
        var start = name.Length > 40 ? name[..40] + "…" : name;
        return string.Concat(start.Select(character => char.IsControl(character) || char.IsSurrogate(character) ? $"\\u{(int)character:x4}" : character.ToString()));
    }

    private int IdOf(string path, NamedMerge merge, string name) => _ids.TryGetValue(name, out var id)
        ? id
        : throw Error(path, $"merge number {merge.Rank + 1}, '{Show(merge.Left)} {Show(merge.Right)}', names or makes '{Show(name)}', which the vocabulary lacks");
}
