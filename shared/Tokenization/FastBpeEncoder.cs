using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Pipeline.Tokenization;

/// <summary>
/// The byte-pair encoding of CTRL: words between blanks, each with the line feed behind it, are cut into pieces by rules over characters, and
/// every piece but a word's last is spelt with <c>@@</c> behind it (fastBPE's form, https://github.com/glample/fastBPE). What the vocabulary
/// does not have becomes the unknown token.
/// </summary>
internal sealed partial class FastBpeEncoder(IReadOnlyDictionary<string, int> ids, IReadOnlyDictionary<(string, string), int> ranks, int unknown)
{
    /// <summary>What stands behind a piece that its word goes on after.</summary>
    public const string Continued = "@@";

    private const string EndOfWord = "</w>";
    private const int MostWords = 1 << 16;

    private readonly ConcurrentDictionary<string, int[]> _words = new(StringComparer.Ordinal);

    /// <summary>Appends the text's ids.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> to)
    {
        foreach (var match in Word().EnumerateMatches(text))
        {
            to.AddRange(Pieces(text.Slice(match.Index, match.Length).ToString()));
        }
    }

    private int[] Pieces(string word)
    {
        if (_words.TryGetValue(word, out var known))
        {
            return known;
        }

        var pieces = Merge(word);
        var found = new int[pieces.Count];
        for (var i = 0; i < found.Length; i++)
        {
            var name = i + 1 < found.Length ? pieces[i] + Continued : pieces[i][..^EndOfWord.Length];
            found[i] = ids.TryGetValue(name, out var id) ? id : unknown;
        }

        if (_words.Count < MostWords)
        {
            _words[word] = found;
        }

        return found;
    }

    private List<string> Merge(string word)
    {
        List<string> pieces = [.. word.EnumerateRunes().Select(rune => rune.ToString())];
        pieces[^1] += EndOfWord;
        while (pieces.Count > 1)
        {
            var (best, rank) = (-1, int.MaxValue);
            for (var i = 0; i + 1 < pieces.Count; i++)
            {
                if (ranks.TryGetValue((pieces[i], pieces[i + 1]), out var found) && found < rank)
                {
                    (best, rank) = (i, found);
                }
            }

            if (best < 0)
            {
                break;
            }

            var (left, right) = (pieces[best], pieces[best + 1]);
            for (var i = 0; i + 1 < pieces.Count; i++)
            {
                if (pieces[i] == left && pieces[i + 1] == right)
                {
                    pieces[i] += right;
                    pieces.RemoveAt(i + 1);
                }
            }
        }

        return pieces;
    }

    [GeneratedRegex(@"\S+\n?", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
