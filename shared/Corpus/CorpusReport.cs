using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Corpus;

/// <summary>A post that is not in the corpus, and why.</summary>
public sealed record SkippedPost(string Path, string Reason);

/// <summary>A post that is not in the corpus because an older one says the same.</summary>
/// <param name="Path">The post left out.</param>
/// <param name="Kept">The post that says the same.</param>
/// <param name="Exact">Whether the texts are equal but for white space.</param>
/// <param name="Similarity">Jaccard index of their shingles, 0 to 1.</param>
public sealed record DuplicatePost(string Path, string Kept, bool Exact, double Similarity);

/// <summary>Posts with at least this many words and fewer than the next bucket's.</summary>
public sealed record LengthBucket(int FromWords, int Posts);

/// <summary>What is in a corpus and what is not, for people and for <c>report.json</c>.</summary>
public sealed record CorpusReport
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The corpus's id.</summary>
    public required string Id { get; init; }

    /// <summary>Posts in the corpus.</summary>
    public int Posts { get; init; }

    /// <summary>Posts to train on.</summary>
    public int TrainPosts { get; init; }

    /// <summary>Posts held out.</summary>
    public int ValidationPosts { get; init; }

    /// <summary>Words of all texts.</summary>
    public long Words { get; init; }

    /// <summary>UTF-16 characters of all texts.</summary>
    public long Characters { get; init; }

    /// <summary>Posts by year, oldest first; "undated" for those without a date.</summary>
    public IReadOnlyDictionary<string, int> Years { get; init => field = value ?? new Dictionary<string, int>(); } = new Dictionary<string, int>();

    /// <summary>Posts by tag, the commonest first.</summary>
    public IReadOnlyDictionary<string, int> Tags { get; init => field = value ?? new Dictionary<string, int>(); } = new Dictionary<string, int>();

    /// <summary>Posts by category, the commonest first.</summary>
    public IReadOnlyDictionary<string, int> Categories { get; init => field = value ?? new Dictionary<string, int>(); } = new Dictionary<string, int>();

    /// <summary>Posts by language, the commonest first.</summary>
    public IReadOnlyDictionary<string, int> Languages { get; init => field = value ?? new Dictionary<string, int>(); } = new Dictionary<string, int>();

    /// <summary>Posts by length, from no words up to the longest post's bucket.</summary>
    public IReadOnlyList<LengthBucket> Lengths { get; init => field = value ?? []; } = [];

    /// <summary>Left out, and why.</summary>
    public IReadOnlyList<SkippedPost> Skipped { get; init => field = value ?? []; } = [];

    /// <summary>Left out because another post says the same.</summary>
    public IReadOnlyList<DuplicatePost> Duplicates { get; init => field = value ?? []; } = [];

    /// <summary>Warnings that the posts of the corpus carry.</summary>
    public int Warnings { get; init; }

    /// <summary>What a person should know of this corpus, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init => field = value ?? []; } = [];

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The report once a post was taken out. Counts by tag, year and length stay as they were made.</summary>
    /// <param name="post">The post's path, which is no longer named.</param>
    /// <param name="posts">The posts that are left.</param>
    /// <param name="time">When.</param>
    internal CorpusReport Without(string post, int posts, DateTimeOffset time) => this with
    {
        Posts = posts,
        Skipped = [.. Skipped.Where(skipped => skipped.Path != post)],
        Duplicates = [.. Duplicates.Where(pair => pair.Path != post && pair.Kept != post)],
        Notes = posts == Posts ? Notes : [.. Notes, FormattableString.Invariant($"On {time:yyyy-MM-dd} {(Posts - posts == 1 ? "a post was" : $"{Posts - posts} posts were")} taken out to be forgotten.")],
    };

    /// <summary>Writes the report as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, CorpusJson.Readable.CorpusReport);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are no report, or one of a newer format.</exception>
    public static CorpusReport FromJson(ReadOnlySpan<byte> utf8)
    {
        CorpusReport? report;
        try
        {
            report = JsonSerializer.Deserialize(utf8, CorpusJson.Readable.CorpusReport);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"Not a corpus report: {exception.Message}", exception);
        }

        return report switch
        {
            null => throw new FormatException("Not a corpus report: the JSON is null."),
            { Format: > CurrentFormat } => throw new FormatException(
                $"The report of corpus {report.Id} has format {report.Format}; this version reads up to {CurrentFormat}. Update Pipeline."),
            _ => report,
        };
    }
}

[JsonSerializable(typeof(CorpusReport))]
[JsonSerializable(typeof(CorpusLine))]
internal sealed partial class CorpusJson : JsonSerializerContext
{
    /// <summary>One object a line.</summary>
    public static CorpusJson Lines { get; } = new(Form(indented: false));

    /// <summary>Indented.</summary>
    public static CorpusJson Readable { get; } = new(Form(indented: true));

    private static JsonSerializerOptions Form(bool indented) => new()
    {
        // The files are data, never pasted into HTML: the default encoder's escapes would double a text of another script.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = indented,
    };
}
