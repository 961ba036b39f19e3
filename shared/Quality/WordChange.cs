namespace Pipeline.Quality;

/// <summary>How much of a text a person has changed, in words.</summary>
public static class WordChange
{
    /// <summary>The share of either text, whichever is longer, that the other does not have in the same order: 0 for equal texts, 1 for texts without a common word.</summary>
    public static double Changed(string before, string after)
    {
        var (first, second) = (Words(before), Words(after));
        var longer = Math.Max(first.Length, second.Length);
        return longer == 0 ? 0 : 1 - ((double)Common(first, second) / longer);
    }

    /// <summary>The share of the new text's words that are not the old one's: what was left out does not count. 0 for an empty new text.</summary>
    public static double Rewritten(string before, string after)
    {
        var (first, second) = (Words(before), Words(after));
        return second.Length == 0 ? 0 : 1 - ((double)Common(first, second) / second.Length);
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    // Length of the longest common subsequence, a column of 64 rows at a time (Hyyrö 2004, "Bit-parallel LCS-length computation revisited").
    private static int Common(string[] pattern, string[] text)
    {
        var columns = (pattern.Length + 63) / 64;
        var places = new Dictionary<string, ulong[]>(StringComparer.Ordinal);
        for (var index = 0; index < pattern.Length; index++)
        {
            if (!places.TryGetValue(pattern[index], out var bits))
            {
                places[pattern[index]] = bits = new ulong[columns];
            }

            bits[index / 64] |= 1UL << (index % 64);
        }

        var rows = new ulong[columns];
        Array.Fill(rows, ulong.MaxValue);
        foreach (var word in text)
        {
            if (!places.TryGetValue(word, out var matches))
            {
                continue;
            }

            var carry = 0UL;
            for (var column = 0; column < columns; column++)
            {
                var found = rows[column] & matches[column];
                var sum = unchecked(rows[column] + found);
                var overflow = sum < found ? 1UL : 0;
                var total = unchecked(sum + carry);
                overflow |= total < carry ? 1UL : 0;
                rows[column] = total | (rows[column] & ~matches[column]);
                carry = overflow;
            }
        }

        var common = 0;
        for (var index = 0; index < pattern.Length; index++)
        {
            common += (rows[index / 64] >> (index % 64) & 1) == 0 ? 1 : 0;
        }

        return common;
    }
}
