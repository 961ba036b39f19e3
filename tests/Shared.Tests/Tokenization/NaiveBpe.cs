using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

/// <summary>Byte-pair encoding as a textbook has it: no index, no cache, everything counted again for every merge.</summary>
internal static class NaiveBpe
{
    /// <summary>The merges that training finds, as pairs of byte strings in hexadecimal.</summary>
    public static List<(string Left, string Right)> Train(IEnumerable<string> texts, int merges)
    {
        var order = ByteLevelAlphabet.InOrder.ToArray().Select(value => $"{value:X2}").ToList();
        var words = texts.SelectMany(Words).ToList();
        var found = new List<(string, string)>();
        while (found.Count < merges)
        {
            var best = words
                .SelectMany(word => word.Zip(word.Skip(1)))
                .CountBy(pair => pair)
                .Where(pair => pair.Value >= 2)
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => order.IndexOf(pair.Key.First))
                .ThenBy(pair => order.IndexOf(pair.Key.Second))
                .Select(pair => ((string Left, string Right)?)pair.Key)
                .FirstOrDefault();
            if (best is not { } pair)
            {
                break;
            }

            found.Add(pair);
            order.Add(pair.Left + pair.Right);
            words = words.ConvertAll(word => Replace(word, pair));
        }

        return found;
    }

    /// <summary>The tokens of a text under the merges, as byte strings in hexadecimal.</summary>
    public static List<string> Encode(string text, IReadOnlyList<(string Left, string Right)> merges) =>
        [.. Words(text).SelectMany(word => merges.Aggregate(word, Replace))];

    private static List<string> Replace(List<string> word, (string Left, string Right) pair)
    {
        var replaced = new List<string>();
        for (var index = 0; index < word.Count; index++)
        {
            var here = index + 1 < word.Count && word[index] == pair.Left && word[index + 1] == pair.Right;
            replaced.Add(here ? word[index] + word[++index] : word[index]);
        }

        return replaced;
    }

    private static IEnumerable<List<string>> Words(string text)
    {
        var utf8 = new byte[text.Length * 3];
        utf8 = utf8[..PreTokenizer.ToUtf8(text, utf8)];
        for (var start = 0; start < utf8.Length;)
        {
            var end = PreTokenizer.EndOfWord(utf8, start);
            yield return [.. utf8[start..end].Select(value => $"{value:X2}")];
            start = end;
        }
    }
}
