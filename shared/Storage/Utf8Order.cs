namespace Pipeline.Storage;

/// <summary>Ordinal order of the UTF-8 bytes of two strings, which is the order of their code points.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    private const int SurrogateSpan = 0x2000;

    public static Utf8Order Instance { get; } = new();

    /// <inheritdoc />
    public int Compare(string? x, string? y)
    {
        var common = x.AsSpan().CommonPrefixLength(y);
        return common < (x?.Length ?? 0) && common < (y?.Length ?? 0)
            ? Rank(x![common]).CompareTo(Rank(y![common]))
            : (x?.Length ?? 0).CompareTo(y?.Length ?? 0);
    }

    // UTF-16 puts surrogates below U+E000; as code points they stand above U+FFFF.
    private static int Rank(char c) => c switch
    {
        >= '\uE000' => c - SurrogateSpan,
        >= '\uD800' => c + SurrogateSpan,
        _ => c,
    };
}
