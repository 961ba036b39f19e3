namespace Pipeline.Quality;

/// <summary>
/// Tells what of a text stands in the corpus already, word for word. It holds the corpus's tokens and all their suffixes in order, so that
/// any run of the text is found by halving.
/// </summary>
public sealed class OriginalityIndex
{
    // Stands between documents; tokens are moved up by one, so that no text holds it and no run crosses it.
    private const int Separator = 0;

    private readonly int[] _tokens;
    private readonly int[] _suffixes;
    private readonly string[] _paths;
    private readonly int[] _starts;

    private OriginalityIndex(int[] tokens, int[] suffixes, string[] paths, int[] starts)
    {
        _tokens = tokens;
        _suffixes = suffixes;
        _paths = paths;
        _starts = starts;
    }

    /// <summary>Tokens of the corpus.</summary>
    public int TokenCount => _tokens.Length - _paths.Length;

    /// <summary>Indexes a corpus.</summary>
    /// <param name="documents">The path of each document, and its token ids.</param>
    /// <exception cref="ArgumentException">A token id is negative.</exception>
    public static OriginalityIndex Build(IEnumerable<(string Path, IReadOnlyList<int> Tokens)> documents)
    {
        var tokens = new List<int>();
        var paths = new List<string>();
        var starts = new List<int>();
        var highest = Separator;
        foreach (var (path, ids) in documents)
        {
            paths.Add(path);
            starts.Add(tokens.Count);
            foreach (var id in ids)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(documents));
                tokens.Add(id + 1);
                highest = Math.Max(highest, id + 1);
            }

            tokens.Add(Separator);
        }

        var text = tokens.ToArray();
        return new OriginalityIndex(text, SuffixArray.Build(text, highest + 1), [.. paths], [.. starts]);
    }

    /// <summary>Compares a text with the corpus.</summary>
    /// <param name="tokens">The text's token ids.</param>
    /// <param name="shortestRun">Runs shorter than this are not listed, since language itself repeats them.</param>
    public OriginalityReport Compare(IReadOnlyList<int> tokens, int shortestRun = 12)
    {
        var text = new int[tokens.Count];
        for (var index = 0; index < text.Length; index++)
        {
            text[index] = tokens[index] + 1;
        }

        // For each place of the text, how far it goes on as somewhere in the corpus.
        var lengths = new int[text.Length];
        var places = new int[text.Length];
        for (var index = 0; index < text.Length; index++)
        {
            (lengths[index], places[index]) = LongestMatch(text.AsSpan(index));
        }

        var grams = Math.Max(0, text.Length - OriginalityReport.GramLength + 1);
        var seen = lengths.Take(grams).Count(length => length >= OriginalityReport.GramLength);
        return new OriginalityReport(Runs(lengths, places, shortestRun), lengths.Length == 0 ? 0 : lengths.Max(), grams == 0 ? 0 : (double)seen / grams);
    }

    private (int Length, int Place) LongestMatch(ReadOnlySpan<int> text)
    {
        // The place where the text would stand among the suffixes: its longest match is one of the two neighbours. What the bounds share
        // with the text needs no second look (Manber, Myers 1990).
        int low = 0, high = _suffixes.Length, lowShared = 0, highShared = 0;
        (int Length, int Place) best = (0, 0);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var suffix = _tokens.AsSpan(_suffixes[middle]);
            var known = Math.Min(lowShared, highShared);
            var shared = known + text[known..].CommonPrefixLength(suffix[known..]);
            if (shared > best.Length)
            {
                best = (shared, _suffixes[middle]);
            }

            if (shared == text.Length)
            {
                break;
            }

            if (shared == suffix.Length || suffix[shared] < text[shared])
            {
                (low, lowShared) = (middle + 1, shared);
            }
            else
            {
                (high, highShared) = (middle, shared);
            }
        }

        return best;
    }

    private List<CopiedRun> Runs(int[] lengths, int[] places, int shortest)
    {
        var runs = new List<CopiedRun>();
        // The longest first; a run that overlaps a longer one is a part of the same copying.
        var taken = new bool[lengths.Length];
        foreach (var start in Enumerable.Range(0, lengths.Length).Where(start => lengths[start] >= shortest).OrderByDescending(start => lengths[start]).ThenBy(start => start))
        {
            if (taken.AsSpan(start, lengths[start]).Contains(true))
            {
                continue;
            }

            taken.AsSpan(start, lengths[start]).Fill(true);
            var document = DocumentAt(places[start]);
            runs.Add(new CopiedRun(start, lengths[start], _paths[document], places[start] - _starts[document]));
        }

        return runs;
    }

    private int DocumentAt(int place)
    {
        var index = Array.BinarySearch(_starts, place);
        return index >= 0 ? index : ~index - 1;
    }
}
