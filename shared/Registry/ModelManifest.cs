using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Generation;
using Pipeline.Privacy;
using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>What a model version is: where it comes from, how good it is, and which bytes belong to it. Written last, as <c>manifest.json</c>.</summary>
public sealed record ModelManifest
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The manifest's file name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The version's name, such as <c>0123abcd-4567cdef</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The corpus it was trained on.</summary>
    public required string CorpusId { get; init; }

    /// <summary>The run that trained it.</summary>
    public required string Run { get; init; }

    /// <summary>What training began with, such as <c>distilgpt2</c>; null if it began from scratch.</summary>
    public string? BaseModel { get; init; }

    /// <summary>When training ended.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The seed of all chance in training.</summary>
    public ulong Seed { get; init; }

    /// <summary>The model's sizes.</summary>
    public required ModelShape Shape { get; init; }

    /// <summary>The tokenizer's fingerprint.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The settings of training, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>How good it is.</summary>
    public ModelMetrics Metrics { get; init => field = value ?? new(); } = new();

    /// <summary>The file that generates, such as <c>onnx/decoder_quantized.onnx</c>; null if there is none yet.</summary>
    public string? ServingFile { get; init; }

    /// <summary>What it answers to a fixed prompt; null if that was not noted.</summary>
    public GoldenLogits? Golden { get; init; }

    /// <summary>What attacks drew out of its memory; null if it was not attacked.</summary>
    public ExtractionReport? Privacy { get; init; }

    /// <summary>The posts that it learnt from and that were to be forgotten since.</summary>
    public IReadOnlyList<ForgottenPost> Forgotten { get; init => field = value ?? []; } = [];

    /// <summary>Why that file, in words; null if nobody said.</summary>
    public string? ServingReason { get; init; }

    /// <summary>All files but this one, by path with forward slashes.</summary>
    public IReadOnlyDictionary<string, ModelFile> Files { get; init => field = value ?? new Dictionary<string, ModelFile>(); } = new Dictionary<string, ModelFile>();

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Why it must not take over, in sentences, whatever its figures are; null if nothing speaks against it.</summary>
    [JsonIgnore]
    public string? PrivacyFault => Forgotten.Count > 0
        ? $"It learnt from {(Forgotten.Count == 1 ? "a post that was" : $"{Forgotten.Count} posts that were")} to be forgotten since. Train again."
        : Privacy?.Fault;

    /// <summary>Bytes of all files.</summary>
    [JsonIgnore]
    public long Length => Files.Values.Sum(file => file.Length);

    /// <summary>Writes the manifest as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RegistryJson.Default.ModelManifest);

    /// <summary>Reads a manifest and checks all that it says.</summary>
    /// <exception cref="RegistryException">The bytes are no manifest, one of a newer format, or one that names files outside the model.</exception>
    public static ModelManifest FromJson(ReadOnlySpan<byte> utf8)
    {
        ModelManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(utf8, RegistryJson.Default.ModelManifest);
        }
        catch (JsonException exception)
        {
            // A newer form may hold what this version has no word for.
            throw new RegistryException(StoredForm.FormatOf(utf8) is > CurrentFormat and var format
                ? $"The model manifest has format {format}; this version reads up to {CurrentFormat}. Update Pipeline."
                : $"Not a model manifest: {exception.Message}", exception);
        }

        if (manifest is null or { Format: > CurrentFormat })
        {
            throw new RegistryException(manifest is null
                ? "Not a model manifest: the JSON is null."
                : $"The manifest of model {manifest.Version} has format {manifest.Format}; this version reads up to {CurrentFormat}. Update Pipeline.");
        }

        ManifestCheck.Check(manifest);
        return manifest;
    }
}
