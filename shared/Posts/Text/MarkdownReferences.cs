namespace Pipeline.Posts.Text;

/// <summary>The link definitions and footnotes of a post, by label.</summary>
internal sealed class MarkdownReferences
{
    private const int MostLabelCharacters = 999;

    private readonly HashSet<string> definitions = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, FootnoteBlock> footnotes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The footnotes that the text refers to, in that order.</summary>
    public List<FootnoteBlock> Footnotes { get; } = [];

    /// <summary>Whether explicit references without a definition are links: a loop that was dropped wrote the definitions.</summary>
    public bool TrustsExplicit { get; set; }

    /// <summary>Notes the definition of a link.</summary>
    public void Define(ReadOnlySpan<char> label) => definitions.Add(Normal(label).ToString());

    /// <summary>Notes a footnote; the first of a name counts.</summary>
    public void Define(FootnoteBlock footnote) => footnotes.TryAdd(footnote.Label, footnote);

    /// <summary>Whether a label names a link.</summary>
    public bool IsDefined(ReadOnlySpan<char> label)
    {
        if (definitions.Count == 0 || label.Length > MostLabelCharacters)
        {
            return false;
        }

        return definitions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(Normal(label));
    }

    /// <summary>Whether a label names a footnote; if so, its text follows the body.</summary>
    public bool Refer(ReadOnlySpan<char> label)
    {
        if (footnotes.Count == 0 || !footnotes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(label, out var footnote))
        {
            return false;
        }

        if (!footnote.IsReferred)
        {
            footnote.IsReferred = true;
            Footnotes.Add(footnote);
        }

        return true;
    }

    private static ReadOnlySpan<char> Normal(ReadOnlySpan<char> label)
    {
        label = label.Trim();
        return label.ContainsAny('\n', '\t') || label.Contains("  ", StringComparison.Ordinal)
            ? string.Join(' ', label.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            : label;
    }
}
