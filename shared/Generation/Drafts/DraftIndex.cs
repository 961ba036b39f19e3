using System.Runtime.InteropServices;

namespace Pipeline.Generation.Drafts;

/// <summary>
/// What followed each run of a few tokens in some texts, at its last occurrence: drafts of what a model trained on them may say next
/// (prompt lookup, https://github.com/apoorvumang/prompt-lookup-decoding, with a corpus behind the prompt). Immutable, for any number of threads.
/// </summary>
public sealed class DraftIndex
{
    /// <summary>Tokens of a run.</summary>
    public const int Run = 3;

    // Between texts, so that no run reaches from one into the next.
    private const int Border = -1;

    private readonly int[] _tokens;

    // Open addressing: the place behind a run, or 0 for none.
    private readonly int[] _places;

    private DraftIndex(int[] tokens)
    {
        _tokens = tokens;
        _places = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * tokens.Length))];
        for (var place = Run; place < tokens.Length; place++)
        {
            var run = tokens.AsSpan(place - Run, Run);
            if (!run.Contains(Border) && tokens[place] != Border)
            {
                _places[Slot(run)] = place;
            }
        }
    }

    /// <summary>Reads texts.</summary>
    /// <param name="texts">Tokens of each.</param>
    /// <param name="most">Tokens to keep at most, of the last texts.</param>
    public static DraftIndex Build(IEnumerable<IReadOnlyList<int>> texts, int most = 1 << 21)
    {
        List<int> tokens = [];
        foreach (var text in texts)
        {
            tokens.AddRange(text);
            tokens.Add(Border);
        }

        return new([.. CollectionsMarshal.AsSpan(tokens)[Math.Max(0, tokens.Count - most)..]]);
    }

    /// <summary>What came after the last tokens of a text; empty if they are not known.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">Tokens to give at most.</param>
    public ReadOnlySpan<int> After(ReadOnlySpan<int> text, int most)
    {
        if (text.Length < Run || _places[Slot(text[^Run..])] is not (> 0 and var place))
        {
            return [];
        }

        var following = _tokens.AsSpan(place, Math.Min(most, _tokens.Length - place));
        var border = following.IndexOf(Border);
        return border < 0 ? following : following[..border];
    }

    // The slot of a run, or the free one that it would have.
    private int Slot(ReadOnlySpan<int> run)
    {
        var slot = (int)((((uint)run[0] * 0x9E3779B1) ^ ((uint)run[1] * 0x85EBCA77) ^ ((uint)run[2] * 0xC2B2AE3D)) * 0x27D4EB2F >> 7) & (_places.Length - 1);
        while (_places[slot] is > 0 and var place && !_tokens.AsSpan(place - Run, Run).SequenceEqual(run))
        {
            slot = (slot + 1) & (_places.Length - 1);
        }

        return slot;
    }
}
