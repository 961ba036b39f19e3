using System.Text;

namespace Pipeline.Tokenization;

/// <summary>
/// A vocabulary of single characters in the form of a byte-pair encoding: the bytes, and rules that join the bytes of one UTF-8 character and
/// no others. A character that is not in it falls back to its bytes, so any text still comes back unchanged.
/// </summary>
public static class CharacterVocabulary
{
    /// <summary>Takes the characters of some texts, the most frequent first.</summary>
    /// <param name="texts">Read once.</param>
    /// <param name="vocabularySize">Ids at most, the bytes and the end of text included.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below <see cref="BpeTrainer.SmallestVocabulary"/>.</exception>
    public static BpeTokenizer Build(IEnumerable<string> texts, int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, BpeTrainer.SmallestVocabulary);
        var counts = new Dictionary<Rune, long>();
        foreach (var rune in texts.SelectMany(text => text.EnumerateRunes()).Where(rune => !rune.IsAscii))
        {
            counts[rune] = counts.GetValueOrDefault(rune) + 1;
        }

        var merges = new List<(int Left, int Right)>();
        var ids = new Dictionary<(int Left, int Right), int>();
        Span<byte> bytes = stackalloc byte[4];
        foreach (var (rune, _) in counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key))
        {
            var length = rune.EncodeToUtf8(bytes);
            if (BpeTrainer.SmallestVocabulary + merges.Count + length - 1 > vocabularySize)
            {
                break;
            }

            var left = ByteLevelAlphabet.InOrder.IndexOf(bytes[0]);
            foreach (var value in bytes[1..length])
            {
                var pair = (left, ByteLevelAlphabet.InOrder.IndexOf(value));
                if (!ids.TryGetValue(pair, out left))
                {
                    ids[pair] = left = ByteLevelAlphabet.InOrder.Length + merges.Count;
                    merges.Add(pair);
                }
            }
        }

        return new BpeTokenizer(BpeVocabulary.FromMerges(merges));
    }
}
