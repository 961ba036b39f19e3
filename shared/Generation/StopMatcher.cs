using System.Text;

namespace Pipeline.Generation;

/// <summary>
/// Looks for stop texts in text that arrives in pieces and lets go of a character only when no stop text can begin with it any more.
/// The stop text that is complete first ends the text, wherever the pieces are cut; of two that are complete at once, the longer.
/// </summary>
/// <param name="stops">The stop texts, none empty.</param>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether a stop text has come; everything after it is thrown away.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes a piece and gives what is now certain to be text.</summary>
    public string Append(string piece)
    {
        if (Stopped)
        {
            return "";
        }

        if (stops.Count == 0)
        {
            return piece;
        }

        _held.Append(piece);
        var held = _held.ToString();
        for (var end = held.Length - piece.Length + 1; end <= held.Length; end++)
        {
            var longest = 0;
            foreach (var stop in stops)
            {
                if (stop.Length > longest && held.AsSpan(0, end).EndsWith(stop, StringComparison.Ordinal))
                {
                    longest = stop.Length;
                }
            }

            if (longest > 0)
            {
                Stopped = true;
                _held.Clear();
                return held[..(end - longest)];
            }
        }

        var sure = held.Length - LongestBeginning(held);
        _held.Remove(0, sure);
        return held[..sure];
    }

    /// <summary>Gives what was held back: the text has ended and no stop text came.</summary>
    public string Flush()
    {
        var rest = _held.ToString();
        _held.Clear();
        return rest;
    }

    // The longest end of the text that a stop text begins with.
    private int LongestBeginning(ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
                {
                    longest = length;
                    break;
                }
            }
        }

        return longest;
    }
}
