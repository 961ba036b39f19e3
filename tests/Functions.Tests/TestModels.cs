using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests;

/// <summary>Made-up model versions; their files generate nothing.</summary>
internal static class TestModels
{
    /// <summary>A manifest with sound defaults.</summary>
    public static ModelManifest Manifest(string version, string corpus = "00112233aabbccdd", double? perplexity = 20, DateTimeOffset? created = null) => new()
    {
        Version = version,
        CorpusId = corpus,
        Run = $"run-{version}",
        Created = created ?? new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero),
        Shape = new ModelShape(2, 2, 8, 32, 300),
        Tokenizer = new string('a', 64),
        Metrics = new ModelMetrics { Perplexity = perplexity },
        ServingFile = "onnx/model.onnx",
    };

    /// <summary>Publishes a version.</summary>
    public static async Task<ModelManifest> PublishAsync(IBlobStore store, ModelManifest manifest, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Sub("onnx"));
        await File.WriteAllTextAsync(folder.Sub("onnx", "model.onnx"), manifest.Version, cancellationToken);
        return await new ModelStore(store).PublishAsync(folder.FullName, manifest, cancellationToken);
    }

    /// <summary>Publishes a version and puts it in service.</summary>
    public static async Task ServeAsync(IBlobStore store, ModelManifest manifest, DateTimeOffset time, CancellationToken cancellationToken)
    {
        await PublishAsync(store, manifest, cancellationToken);
        await new RoutingStore(store).UpdateAsync(table => table.Promote(manifest.Version, "test", time), cancellationToken);
    }

    /// <summary>Writes documents of so many posts, and gives the corpus that they make.</summary>
    public static async Task<TrainingCorpus> WritePostsAsync(IBlobStore store, int count, CancellationToken cancellationToken, Func<int, string>? text = null)
    {
        var documents = new DocumentStore(store);
        for (var number = 1; number <= count; number++)
        {
            await documents.WriteAsync(Post(number, text?.Invoke(number) ?? Text(number)), cancellationToken);
        }

        return CorpusBuilder.Build(await documents.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken), new CorpusOptions());
    }

    /// <summary>A post's document.</summary>
    public static Pipeline.Posts.PostDocument Post(int number, string text) => new()
    {
        Path = $"_posts/2026-01-{number:00}-post.md",
        Hash = $"{text.GetHashCode(StringComparison.Ordinal):x8}{number:x8}",
        Date = new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero).AddDays(number),
        Title = $"Post {number}",
        Language = "en",
        Text = text,
        Words = 40,
    };

    /// <summary>A text unlike the others'.</summary>
    public static string Text(int number)
    {
        var random = new Random(number);
        return string.Join(' ', Enumerable.Range(0, 40).Select(_ => $"word{random.Next(100_000)}")) + ".";
    }
}
