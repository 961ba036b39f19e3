using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Publishing;

/// <summary>
/// All that is known of a day's post: the candidates with their judgement, what was published, and what became of it. It is written
/// before anything shows, so that a run that was cut off is finished with the same post.
/// </summary>
public sealed record PostRecord
{
    /// <summary>Candidates, judgement and choice.</summary>
    public required ReportCard Card { get; init; }

    /// <summary>When the candidates were written.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Why there is no post, if there is none.</summary>
    public string? Reason { get; init; }

    /// <summary>The branch, once there is one.</summary>
    public string? Branch { get; init; }

    /// <summary>The post's path.</summary>
    public string? Path { get; init; }

    /// <summary>Our newest commit on the branch; null before there is one, and when a person has put another in its place.</summary>
    public string? Commit { get; init; }

    /// <summary>The post's file as we wrote it.</summary>
    public string? Text { get; init; }

    /// <summary>The pull request; null where there are none.</summary>
    public PullRequestLink? PullRequest { get; init; }

    /// <summary>Whether everything is done that publishing has to do.</summary>
    public bool Done { get; init; }

    /// <summary>Whether the owner wants it left alone.</summary>
    public bool Held { get; init; }

    /// <summary>The last comment that asked for new candidates, and the best one that they gave.</summary>
    public RerollChoice? Reroll { get; init; }

    /// <summary>Comments that were acted on.</summary>
    public IReadOnlyList<long> Comments { get; init => field = value ?? []; } = [];

    /// <summary>What the owner made of it: <c>merged</c>, <c>edited</c> or <c>closed</c>; null while it is open.</summary>
    public string? Outcome { get; init; }

    /// <summary>The same as a figure: 1 merged as it was, 0 closed.</summary>
    public double? Reward { get; init; }

    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The candidate that was taken.</summary>
    [JsonIgnore]
    public CandidateReport Chosen => Card.Candidates[Card.Chosen - 1];

    /// <summary>The record of a day whose post is in the repository. Only what is known to be ours is noted as ours.</summary>
    /// <param name="result">What publishing it gave.</param>
    /// <exception cref="ArgumentException">The result is no post.</exception>
    public PostRecord Finish(PublishResult result)
    {
        var (branch, link, ours) = result switch
        {
            PublishResult.Published post => (post.Branch, post.PullRequest, new OwnVersion(post.Commit, post.Path, post.Text)),
            // What was noted before counts: comments may have changed it since.
            PublishResult.AlreadyPublished post => (post.Branch, post.PullRequest, Commit is null ? post.Ours ?? new OwnVersion(null, post.Path, "") : new OwnVersion(Commit, Path!, Text!)),
            _ => throw new ArgumentException($"{result.GetType().Name} is no post.", nameof(result)),
        };
        return this with
        {
            Branch = branch,
            Path = ours.Path,
            Commit = ours.Commit,
            Text = ours.Text.Length > 0 ? ours.Text : null,
            PullRequest = link ?? PullRequest,
            Done = true,
        };
    }
}

/// <summary>What new candidates gave.</summary>
/// <param name="Comment">The comment that asked for them.</param>
/// <param name="Chosen">The number of the best one.</param>
public sealed record RerollChoice(long Comment, int Chosen);

/// <summary>The records of all days, in the container <c>published</c>.</summary>
public sealed class PostRecords(IBlobStore store)
{
    private const string FileName = "record.json";

    /// <summary>Where the record of a day lies.</summary>
    public static BlobName BlobOf(DateOnly day) => new(Containers.Published, string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}/{FileName}"));

    /// <summary>The record of a day and its version; null if there is none.</summary>
    /// <exception cref="FormatException">The blob is no record.</exception>
    public async Task<(PostRecord Record, string ETag)?> ReadAsync(DateOnly day, CancellationToken cancellationToken) =>
        await store.ReadAsync(BlobOf(day), cancellationToken) is var (bytes, entry) ? (Parse(entry.Name, bytes), entry.ETag) : null;

    /// <summary>Writes a record.</summary>
    /// <returns>Its new version.</returns>
    /// <exception cref="BlobConditionException">Somebody else was faster.</exception>
    public Task<string> WriteAsync(PostRecord record, BlobCondition condition, CancellationToken cancellationToken) =>
        store.WriteAsync(BlobOf(record.Card.Day), JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.PostRecord), condition, cancellationToken);

    /// <summary>All records, the oldest day first.</summary>
    public async IAsyncEnumerable<PostRecord> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ListAsync(Containers.Published, "", cancellationToken))
        {
            if (entry.Name.Path.EndsWith("/" + FileName, StringComparison.Ordinal) && await store.ReadAsync(entry.Name, cancellationToken) is var (bytes, _))
            {
                yield return Parse(entry.Name, bytes);
            }
        }
    }

    /// <summary>The days that have a record, the oldest first.</summary>
    public async IAsyncEnumerable<DateOnly> ListDaysAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ListAsync(Containers.Published, "", cancellationToken))
        {
            if (entry.Name.Path.Split('/') is [var day, FileName] && DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                yield return date;
            }
        }
    }

    private static PostRecord Parse(BlobName name, byte[] bytes)
    {
        try
        {
            var record = JsonSerializer.Deserialize(bytes, RecordJson.Default.PostRecord);
            StoredForm.Check(record?.Format ?? 0, PostRecord.CurrentFormat, $"The blob {name}");
            return record is { Card: { } card } && card.Chosen >= 1 && card.Chosen <= card.Candidates.Count
                ? record
                : throw new FormatException($"The blob {name} names a candidate that it does not have. Delete it; the day's post is then written anew.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"The blob {name} cannot be read: {exception.Message} Delete it; the day's post is then written anew.", exception);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PostRecord))]
internal sealed partial class RecordJson : JsonSerializerContext;
