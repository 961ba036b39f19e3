namespace Pipeline.Generation.Drafts;

/// <summary>
/// Drafts of what one text may say next: what followed its last tokens before in the text itself, else in other texts. How much is
/// drafted follows from how much of it comes true.
/// </summary>
/// <param name="others">Other texts; null for none.</param>
internal sealed class TextDrafts(DraftIndex? others)
{
    private const int MostTokens = 7;

    // Longest silence after drafts that did not come true, in tokens.
    private const int LongestPause = 64;

    private readonly Dictionary<(int, int, int), int> _places = [];
    private int _known;
    private int _length = 2;
    private int _pause;
    private int _silent;

    /// <summary>Gives drafts of the next tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">Tokens to give at most.</param>
    public ReadOnlySpan<int> Propose(ReadOnlySpan<int> text, int most)
    {
        most = Math.Min(most, Math.Min(_length, MostTokens));
        if (text.Length < DraftIndex.Run || most <= 0 || _silent-- > 0)
        {
            return [];
        }

        _silent = 0;
        var following = After(text, most);
        return following.Length > 0 || others is null ? following : others.After(text, most);
    }

    /// <summary>Notes how many tokens of a draft came true.</summary>
    public void Learn(int drafted, int accepted)
    {
        if (accepted == 0)
        {
            _length = 2;
            _pause = Math.Min(LongestPause, Math.Max(1, 2 * _pause));
            _silent = _pause;
            return;
        }

        _pause = 0;
        _length = accepted == drafted ? Math.Min(MostTokens, 2 * _length) : Math.Max(2, accepted + 1);
    }

    private ReadOnlySpan<int> After(ReadOnlySpan<int> text, int most)
    {
        // A text that was taken back may know places beyond its end, or of what is said no longer.
        for (_known = Math.Clamp(_known, DraftIndex.Run, text.Length); _known < text.Length; _known++)
        {
            _places[Key(text[.._known])] = _known;
        }

        return _places.TryGetValue(Key(text), out var place) && place < text.Length && text[(place - DraftIndex.Run)..place].SequenceEqual(text[^DraftIndex.Run..])
            ? text.Slice(place, Math.Min(most, text.Length - place))
            : [];
    }

    private static (int, int, int) Key(ReadOnlySpan<int> text) => (text[^3], text[^2], text[^1]);
}
