using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Collecting;

/// <summary>What earlier runs wrote into a folder; kept in the folder, so that a run writes only what is new or changed.</summary>
internal sealed class CollectState
{
    /// <summary>The file's name; Jekyll does not read names that begin with a dot.</summary>
    public const string FileName = ".collect.json";

    /// <summary>The version of the file's form; a reader refuses any other.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; set; } = CurrentFormat;

    /// <summary>The posts by kind and id.</summary>
    public SortedDictionary<string, CollectedFile> Posts { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Reads the state of a folder; an empty one if there is none.</summary>
    /// <exception cref="BlogException">It cannot be used.</exception>
    public static async Task<CollectState> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return new();
        }

        CollectState? state;
        try
        {
            await using var stream = File.OpenRead(path);
            state = await JsonSerializer.DeserializeAsync(stream, CollectJson.Default.CollectState, cancellationToken);
        }
        catch (JsonException exception)
        {
            throw new BlogException($"{path} is damaged ({exception.Message}) Collect into an empty folder, or start over with --force.", exception);
        }

        if (state is { Format: CurrentFormat } && (state.Posts is null || state.Posts.Values.Any(file => file is not { Path: not null, Hash: not null, Text: not null })))
        {
            throw new BlogException($"{path} is damaged (an entry is not whole). Collect into an empty folder, or start over with --force.");
        }

        return state is { Format: CurrentFormat }
            ? state
            : throw new BlogException($"{path} has format {state?.Format}; this version reads {CurrentFormat}. Update Pipeline, collect into an empty folder, or start over with --force.");
    }

    /// <summary>Writes the state, whole or not at all.</summary>
    public Task WriteAsync(string folder, CancellationToken cancellationToken) => AtomicFile.WriteAsync(
        Path.Combine(folder, FileName), (stream, token) => JsonSerializer.SerializeAsync(stream, this, CollectJson.Default.CollectState, token), cancellationToken);
}

/// <summary>A file that a collector wrote.</summary>
/// <param name="Path">Its path in the folder.</param>
/// <param name="Hash">SHA-256 of its bytes as they were written.</param>
/// <param name="Text">SHA-256 of the body alone, without white space at line ends: posts that share it are the same.</param>
internal sealed record CollectedFile(string Path, string Hash, string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CollectState))]
internal sealed partial class CollectJson : JsonSerializerContext;
