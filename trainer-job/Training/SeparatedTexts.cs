namespace Pipeline.TrainerJob.Training;

/// <summary>
/// The texts of a file in which <c>&lt;|endoftext|&gt;</c> stands between them, as GPT-2's first fine-tuners wanted it; some also had
/// <c>&lt;|startoftext|&gt;</c> before each. The markers themselves are no text.
/// </summary>
internal static class SeparatedTexts
{
    private static readonly string[] Markers = ["<|endoftext|>", "<|startoftext|>"];

    /// <summary>Splits at markers that begin or end a line; within a line a marker is something that the author wrote about.</summary>
    /// <param name="text">The whole file.</param>
    public static IReadOnlyList<string> OfLines(string text) => Split(text, (start, end) => AtLineStart(text, start) || AtLineEnd(text, end));

    /// <summary>Splits at every marker: token ids of these tools have lost the lines.</summary>
    /// <param name="text">The decoded ids.</param>
    public static IReadOnlyList<string> Anywhere(string text) => Split(text, (_, _) => true);

    private static List<string> Split(string text, Func<int, int, bool> separates)
    {
        var texts = new List<string>();
        var begin = 0;
        for (var at = 0; at < text.Length;)
        {
            var (start, length) = Next(text, at);
            if (start < 0)
            {
                break;
            }

            at = start + length;
            if (separates(start, at))
            {
                texts.Add(text[begin..start]);
                begin = at;
            }
        }

        // A text without any marker is as it is; what markers part has blank lines around it that are theirs.
        return begin == 0 ? [text] : [.. texts.Append(text[begin..]).Select(part => part.Trim()).Where(part => part.Length > 0)];
    }

    private static (int Start, int Length) Next(string text, int at)
    {
        (int Start, int Length) first = (-1, 0);
        foreach (var marker in Markers)
        {
            var start = text.IndexOf(marker, at, StringComparison.Ordinal);
            first = start >= 0 && (first.Start < 0 || start < first.Start) ? (start, marker.Length) : first;
        }

        return first;
    }

    // Other markers on the same line separate with it.
    private static bool AtLineStart(string text, int start)
    {
        var before = text.AsSpan(0, start).TrimEnd(" \t\r");
        return before.IsEmpty || before[^1] == '\n' || Array.Exists(Markers, marker => text.AsSpan(0, start).TrimEnd(" \t\r").EndsWith(marker, StringComparison.Ordinal));
    }

    private static bool AtLineEnd(string text, int end)
    {
        var after = text.AsSpan(end).TrimStart(" \t\r");
        return after.IsEmpty || after[0] == '\n' || Array.Exists(Markers, marker => text.AsSpan(end).TrimStart(" \t\r").StartsWith(marker, StringComparison.Ordinal));
    }
}
