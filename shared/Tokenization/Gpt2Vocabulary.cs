namespace Pipeline.Tokenization;

/// <summary>OpenAI's <c>vocab.bpe</c>: a version line, then one rule a line, two names with a blank between. The ids follow from the rules.</summary>
internal static class Gpt2Vocabulary
{
    /// <summary>Where the build puts the file.</summary>
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "gpt2", "vocab.bpe");

    /// <summary>Reads the file.</summary>
    /// <exception cref="TokenizerException">The file is missing or broken.</exception>
    public static BpeVocabulary Read(string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var value in ByteLevelAlphabet.InOrder)
        {
            ids.Add(ByteLevelAlphabet.Format([value]), ids.Count);
        }

        var merges = new List<(int, int)>();
        foreach (var merge in MergesFile.Parse(path, TokenizerFiles.ReadText(path, "build the program again: the build copies it there")))
        {
            if (!ids.TryGetValue(merge.Left, out var left) || !ids.TryGetValue(merge.Right, out var right) || !ids.TryAdd(merge.Left + merge.Right, ids.Count))
            {
                throw new TokenizerException($"{path}: the rule '{merge.Left} {merge.Right}' (number {merge.Rank + 1}) uses an unknown token or makes a known one. Take the file from its source again.");
            }

            merges.Add((left, right));
        }

        return BpeVocabulary.FromMerges(merges);
    }
}
