namespace Pipeline.Quality;

/// <summary>
/// All suffixes of a sequence in lexicographic order, built in linear time by induced sorting (Nong, Zhang, Chan 2009, "Linear Suffix
/// Array Construction by Almost Pure Induced-Sorting").
/// </summary>
internal static class SuffixArray
{
    /// <summary>The start of each suffix of <paramref name="text"/>, smallest suffix first; a suffix sorts before those that it begins.</summary>
    /// <param name="text">Values from 0 to <paramref name="alphabet"/> - 1.</param>
    /// <param name="alphabet">How many values there are.</param>
    public static int[] Build(ReadOnlySpan<int> text, int alphabet)
    {
        var order = new int[text.Length];
        Sort(text, order, alphabet);
        return order;
    }

    private static void Sort(ReadOnlySpan<int> text, Span<int> order, int alphabet)
    {
        var length = text.Length;
        if (length < 2)
        {
            order.Clear();
            return;
        }

        var smaller = Types(text);
        var counts = new int[alphabet];
        foreach (var value in text)
        {
            counts[value]++;
        }

        var bounds = new int[alphabet];

        // The leftmost S-type positions, in the order of the text, sort the whole order roughly: equal substrings come to stand together.
        order.Fill(-1);
        Ends(counts, bounds);
        for (var position = length - 1; position > 0; position--)
        {
            if (IsLeftmost(smaller, position))
            {
                order[--bounds[text[position]]] = position;
            }
        }

        Induce(text, order, smaller, counts, bounds);

        var leftmost = Compact(order, smaller);
        if (leftmost > 0)
        {
            SortLeftmost(text, order, smaller, leftmost);
        }

        // Now that the leftmost positions are in their true order, the same pass gives all of them.
        var sorted = order[..leftmost].ToArray();
        order.Fill(-1);
        Ends(counts, bounds);
        for (var index = sorted.Length - 1; index >= 0; index--)
        {
            order[--bounds[text[sorted[index]]]] = sorted[index];
        }

        Induce(text, order, smaller, counts, bounds);
    }

    // Whether the suffix at a position is smaller than the one behind it; the last one is not, since the end sorts first.
    private static bool[] Types(ReadOnlySpan<int> text)
    {
        var smaller = new bool[text.Length];
        for (var position = text.Length - 2; position >= 0; position--)
        {
            smaller[position] = text[position] < text[position + 1] || (text[position] == text[position + 1] && smaller[position + 1]);
        }

        return smaller;
    }

    private static bool IsLeftmost(bool[] smaller, int position) => position > 0 && smaller[position] && !smaller[position - 1];

    private static void Ends(int[] counts, int[] bounds)
    {
        var sum = 0;
        for (var value = 0; value < counts.Length; value++)
        {
            sum += counts[value];
            bounds[value] = sum;
        }
    }

    private static void Starts(int[] counts, int[] bounds)
    {
        var sum = 0;
        for (var value = 0; value < counts.Length; value++)
        {
            bounds[value] = sum;
            sum += counts[value];
        }
    }

    private static void Induce(ReadOnlySpan<int> text, Span<int> order, bool[] smaller, int[] counts, int[] bounds)
    {
        Starts(counts, bounds);
        // The end of the text sorts before everything and induces the last position.
        order[bounds[text[^1]]++] = text.Length - 1;
        for (var index = 0; index < order.Length; index++)
        {
            var before = order[index] - 1;
            if (before >= 0 && !smaller[before])
            {
                order[bounds[text[before]]++] = before;
            }
        }

        Ends(counts, bounds);
        for (var index = order.Length - 1; index >= 0; index--)
        {
            var before = order[index] - 1;
            if (before >= 0 && smaller[before])
            {
                order[--bounds[text[before]]] = before;
            }
        }
    }

    private static int Compact(Span<int> order, bool[] smaller)
    {
        var count = 0;
        foreach (var position in order)
        {
            if (IsLeftmost(smaller, position))
            {
                order[count++] = position;
            }
        }

        return count;
    }

    // Names each leftmost substring by its rank and sorts the shorter text of those names.
    private static void SortLeftmost(ReadOnlySpan<int> text, Span<int> order, bool[] smaller, int leftmost)
    {
        // Two of them never touch, so that half a position is a place of its own.
        var names = order[leftmost..];
        names.Fill(-1);
        var name = 0;
        var previous = -1;
        foreach (var position in order[..leftmost])
        {
            if (previous >= 0 && !SameSubstring(text, smaller, previous, position))
            {
                name++;
            }

            names[position / 2] = name;
            previous = position;
        }

        var shorter = new int[leftmost];
        var positions = new int[leftmost];
        var count = 0;
        for (var position = 1; position < text.Length; position++)
        {
            if (IsLeftmost(smaller, position))
            {
                shorter[count] = names[position / 2];
                positions[count++] = position;
            }
        }

        var ranks = order[..leftmost];
        if (name + 1 < leftmost)
        {
            Sort(shorter, ranks, name + 1);
        }
        else
        {
            for (var index = 0; index < leftmost; index++)
            {
                ranks[shorter[index]] = index;
            }
        }

        for (var index = 0; index < leftmost; index++)
        {
            ranks[index] = positions[ranks[index]];
        }
    }

    private static bool SameSubstring(ReadOnlySpan<int> text, bool[] smaller, int first, int second)
    {
        for (var offset = 0; ; offset++)
        {
            if (first + offset >= text.Length || second + offset >= text.Length)
            {
                return false;
            }

            var end = offset > 0 && (IsLeftmost(smaller, first + offset) || IsLeftmost(smaller, second + offset));
            if (text[first + offset] != text[second + offset] || smaller[first + offset] != smaller[second + offset])
            {
                return false;
            }

            if (end)
            {
                return true;
            }
        }
    }
}
