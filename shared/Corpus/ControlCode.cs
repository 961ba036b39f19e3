using System.Text;
using Pipeline.Posts;

namespace Pipeline.Corpus;

/// <summary>
/// What is said of a post before its text, so that the same words steer generation: a control code as in CTRL
/// (Keskar et al. 2019), spelt out. Values are in normal form: one line, trimmed, null if nothing is left.
/// </summary>
/// <param name="Category">The first category.</param>
/// <param name="Tags">At most <see cref="MostTags"/> different ones, without commas.</param>
/// <param name="Year">1 to 9999.</param>
/// <param name="Title">The title.</param>
public sealed record ControlCode(string? Category, IReadOnlyList<string> Tags, int? Year, string? Title)
{
    /// <summary>More tags than these say little and cost tokens of every context.</summary>
    public const int MostTags = 3;

    /// <summary>Nothing known.</summary>
    public static ControlCode Empty { get; } = new(null, [], null, null);

    /// <summary>The first category.</summary>
    public string? Category { get; init => field = OneLine(value); } = OneLine(Category);

    /// <summary>At most <see cref="MostTags"/> different ones, without commas.</summary>
    public IReadOnlyList<string> Tags { get; init => field = Normal(value); } = Normal(Tags);

    /// <summary>1 to 9999.</summary>
    public int? Year { get; init => field = Normal(value); } = Normal(Year);

    /// <summary>The title.</summary>
    public string? Title { get; init => field = OneLine(value); } = OneLine(Title);

    /// <summary>What a post's front matter says.</summary>
    public static ControlCode Of(PostDocument document) =>
        new(document.Categories.Count > 0 ? document.Categories[0] : null, document.Tags, document.Date?.Year, document.Title);

    /// <inheritdoc />
    public bool Equals(ControlCode? other) =>
        other is not null && Category == other.Category && Year == other.Year && Title == other.Title && Tags.SequenceEqual(other.Tags);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Category, Year, Title, Tags.Count);

    /// <summary>Runs of blanks, line ends of every alphabet and control characters become one blank.</summary>
    private static string? OneLine(string? value)
    {
        var line = new StringBuilder(value?.Length ?? 0);
        foreach (var c in value ?? "")
        {
            if (!char.IsWhiteSpace(c) && !char.IsControl(c))
            {
                line.Append(c);
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }
        }

        var text = line.ToString().TrimEnd(' ');
        return text.Length > 0 ? text : null;
    }

    // A comma separates tags in the header.
    private static string[] Normal(IReadOnlyList<string> tags) =>
        [.. tags.Select(tag => OneLine(tag?.Replace(',', ' '))).OfType<string>().Distinct().Take(MostTags)];

    private static int? Normal(int? year) => year is >= 1 and <= 9999 ? year : null;
}
