namespace Pipeline.Quality;

/// <summary>The owner's list of words and phrases that must not occur.</summary>
internal static class ForbiddenWords
{
    /// <summary>The entries of the list that the text has as whole words, in whatever case.</summary>
    public static IReadOnlyList<string> In(string text, IEnumerable<string> list) =>
        [.. list.Select(entry => entry.Trim()).Where(entry => entry.Length > 0 && Has(text, entry))];

    private static bool Has(string text, string entry)
    {
        for (var start = text.IndexOf(entry, StringComparison.OrdinalIgnoreCase); start >= 0; start = text.IndexOf(entry, start + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = start + entry.Length;
            // An entry that itself begins or ends with a sign has no word to be part of there.
            var freeBefore = start == 0 || !char.IsLetterOrDigit(text[start - 1]) || !char.IsLetterOrDigit(entry[0]);
            var freeAfter = end == text.Length || !char.IsLetterOrDigit(text[end]) || !char.IsLetterOrDigit(entry[^1]);
            if (freeBefore && freeAfter)
            {
                return true;
            }
        }

        return false;
    }
}
