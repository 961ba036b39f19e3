using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.GitHub;

/// <summary>Which commit of the blog the store's posts are those of.</summary>
public sealed record SyncState
{
    /// <summary>Where it is kept.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "blog.json");

    /// <summary>The repository.</summary>
    public required string Repository { get; init; }

    /// <summary>The branch that the blog is built from.</summary>
    public required string Branch { get; init; }

    /// <summary>The commit.</summary>
    public required string Commit { get; init; }

    /// <summary>Posts in the store.</summary>
    public int Posts { get; init; }

    /// <summary>What was left out and why, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; init => field = value ?? []; } = [];

    /// <summary>When it was read.</summary>
    public DateTimeOffset Read { get; init; }

    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Reads it; null before the first import.</summary>
    /// <exception cref="FormatException">It is of a newer format.</exception>
    public static async Task<SyncState?> ReadAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        try
        {
            var state = await store.ReadAsync(Blob, cancellationToken) is var (bytes, _) ? JsonSerializer.Deserialize(bytes, SyncJson.Default.SyncState) : null;
            StoredForm.Check(state?.Format ?? 0, CurrentFormat, $"The blob {Blob}");
            return state;
        }
        catch (JsonException)
        {
            // What it says can be found out again: a full comparison writes it anew.
            return null;
        }
    }

    /// <summary>Writes it.</summary>
    public Task<string> WriteAsync(IBlobStore store, CancellationToken cancellationToken) =>
        store.WriteAsync(Blob, JsonSerializer.SerializeToUtf8Bytes(this, SyncJson.Default.SyncState), BlobCondition.None, cancellationToken);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SyncState))]
internal sealed partial class SyncJson : JsonSerializerContext;
