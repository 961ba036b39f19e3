using System.Text;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Registry;

/// <summary>Made-up models with sound defaults.</summary>
internal static class Models
{
    public static ModelManifest Manifest(string version, string corpus = "00112233aabbccdd", double? perplexity = 20, int day = 1) => new()
    {
        Version = version,
        CorpusId = corpus,
        Run = $"run-{version}",
        Created = new DateTimeOffset(2024, 5, day, 12, 0, 0, TimeSpan.Zero),
        Seed = 7,
        Shape = new ModelShape(2, 2, 8, 32, 300),
        Tokenizer = new string('a', 64),
        Settings = new Dictionary<string, string> { ["preset"] = "tiny" },
        Metrics = new ModelMetrics { TrainLoss = 2.5, ValidationLoss = perplexity is { } value ? Math.Log(value) : null, Perplexity = perplexity, TrainTokens = 1000, Documents = 25, Seconds = 12.5 },
        ServingFile = "onnx/model.onnx",
    };

    /// <summary>Writes the files of a model to a folder.</summary>
    public static string Write(TemporaryFolder folder, string version, int bytes = 1000)
    {
        var model = folder.Sub("made", version);
        Directory.CreateDirectory(Path.Combine(model, "onnx"));
        File.WriteAllText(Path.Combine(model, "config.json"), "{}");
        File.WriteAllText(Path.Combine(model, "empty.txt"), "");
        File.WriteAllBytes(Path.Combine(model, "onnx", "model.onnx"), [.. Encoding.ASCII.GetBytes(version), .. new byte[bytes]]);
        return model;
    }

    public static async Task<ModelManifest> PublishAsync(IBlobStore store, TemporaryFolder folder, ModelManifest manifest, CancellationToken cancellationToken, int bytes = 1000) =>
        await new ModelStore(store).PublishAsync(Write(folder, manifest.Version, bytes), manifest, cancellationToken);
}
