namespace Pipeline.Posts.Text;

/// <summary>Pairs runs of backticks of equal length without looking twice at what has no pair.</summary>
internal sealed class BacktickRuns
{
    // Longer runs are text, as in the reference parser of CommonMark.
    private const int MostBackticks = 80;

    private readonly int[] last = new int[MostBackticks + 1];
    private bool isComplete;

    /// <summary>Begins a new text.</summary>
    public void Clear() => isComplete = false;

    /// <summary>The length of the run at a position.</summary>
    public static int Length(ReadOnlySpan<char> text, int at)
    {
        var rest = text[at..].IndexOfAnyExcept('`');
        return rest < 0 ? text.Length - at : rest;
    }

    /// <summary>Where the next run of the same length starts, or -1.</summary>
    public int FindClosing(ReadOnlySpan<char> text, int at, int count)
    {
        if (count > MostBackticks || (isComplete && last[count] <= at))
        {
            return -1;
        }

        if (!isComplete)
        {
            Array.Clear(last);
        }

        for (var from = at + count; ;)
        {
            var next = text[from..].IndexOf('`');
            if (next < 0)
            {
                isComplete = true;
                return -1;
            }

            var start = from + next;
            var length = Length(text, start);
            if (!isComplete && length <= MostBackticks)
            {
                last[length] = start;
            }

            if (length == count)
            {
                return start;
            }

            from = start + length;
        }
    }
}
