using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;

namespace Pipeline.Functions.Tests;

/// <summary>A small model of random weights that really writes.</summary>
internal static class WritingModel
{
    private const string Text = "The kettle sings in the morning and the cat listens. Why does bread rise? It rises because the yeast is awake! The rain came late.";

    /// <summary>Publishes it and puts it in service.</summary>
    public static async Task<ModelManifest> ServeAsync(IBlobStore store, CancellationToken cancellationToken, string version = "0123abcd-00000001")
    {
        using var folder = new TemporaryFolder();
        var tokenizer = BpeTrainer.Train([Text], 300, cancellationToken, null);
        var shape = new ModelShape(2, 2, 32, 64, tokenizer.VocabularySize);
        using var parameters = Gpt2Initializer.Random(shape, 5);
        Gpt2Folder.Save(folder.FullName, shape, parameters);
        tokenizer.Save(folder.FullName);
        ModelExporter.Export(folder.FullName, new ExportOptions(), null, cancellationToken);
        var manifest = await new ModelStore(store).PublishAsync(
            folder.FullName, TestModels.Manifest(version) with { Shape = shape, Tokenizer = tokenizer.Fingerprint, ServingFile = LanguageModel.QuantizedFile }, cancellationToken);
        await new RoutingStore(store).UpdateAsync(table => table.Promote(version, "test", manifest.Created), cancellationToken);
        return manifest;
    }
}
