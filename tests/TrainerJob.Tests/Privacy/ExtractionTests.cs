using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Privacy;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.Tests.Commands;

namespace Pipeline.TrainerJob.Tests.Privacy;

/// <summary>Attacks on real models: one that has learnt its canaries by heart, and one that has not.</summary>
public sealed class ExtractionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExtractionTests() => SmallTexts.WriteFiles(_folder.Sub("posts"), count: 8);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_that_learnt_its_canaries_by_heart_gives_them_away_and_is_told_not_to_serve()
    {
        // Judged by the texts themselves, so that the last step, which knows them best, is the one that is kept.
        var (report, error) = await TrainAsync("overfit", steps: 500, "--validation", "posts");
        Assert.Equal((200, 2), (report.GetProperty("attacks").GetInt32(), report.GetProperty("canaries").GetInt32()));
        Assert.Contains(report.GetProperty("drawnOut").EnumerateArray(), drawn => drawn.GetProperty("kind").GetString() == "Canary");
        Assert.Contains("The model must not serve. Under 200 attacks it gave away the code planted as", error, StringComparison.Ordinal);
        Assert.DoesNotMatch("[0-9]{9}", report.GetRawText());
    }

    [Fact]
    public async Task A_model_that_saw_them_but_learnt_little_gives_none_away()
    {
        var (report, error) = await TrainAsync("brief", steps: 20);
        Assert.Equal((200, 2), (report.GetProperty("attacks").GetInt32(), report.GetProperty("canaries").GetInt32()));
        Assert.Empty(report.GetProperty("drawnOut").EnumerateArray());
        Assert.Contains("Privacy: 200 attacks on 0 e-mail addresses, 0 keys and 2 canaries drew out 0", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_published_version_carries_the_attacks_and_golden_logits_that_both_engines_give_and_damage_does_not()
    {
        var store = new FolderBlobStore(_folder.Sub("store"), TimeProvider.System);
        foreach (var document in SmallTexts.Documents(8))
        {
            await new DocumentStore(store).WriteAsync(document, Token);
        }

        var (code, version, error) = await JobProcess.RunAsync(_folder, ["train", "--store", "store", .. Tiny(steps: 20)]);
        Assert.True(code == ExitCode.Done, error);
        var manifest = (await new ModelStore(store).ReadManifestAsync(version.Trim(), Token))!;
        Assert.Equal((200, 2, 0), (manifest.Privacy!.Attacks, manifest.Privacy.Canaries, manifest.Privacy.DrawnOut.Count));

        var model = _folder.Sub("store", "models", manifest.Version);
        foreach (var engine in new[] { DecoderEngine.Automatic, DecoderEngine.OnnxRuntime })
        {
            using var loaded = LanguageModel.Load(model, manifest.ServingFile, new LanguageModelOptions { Engine = engine });
            Assert.Null(manifest.Golden!.Problem(loaded));
        }

        var data = Directory.EnumerateFiles(Path.Combine(model, "onnx"), "model_quantized.onnx_data").Single();
        var bytes = await File.ReadAllBytesAsync(data, Token);
        Array.Fill(bytes, (byte)0x5A, bytes.Length / 4, bytes.Length / 2);
        await File.WriteAllBytesAsync(data, bytes, Token);
        using var damaged = LanguageModel.Load(model, manifest.ServingFile);
        Assert.Contains("answers the golden prompt with", manifest.Golden!.Problem(damaged), StringComparison.Ordinal);
    }

    private async Task<(JsonElement Report, string Error)> TrainAsync(string output, int steps, params string[] further)
    {
        var (code, _, error) = await JobProcess.RunAsync(_folder, ["train", "--data", "posts", "--output", output, .. Tiny(steps), .. further]);
        Assert.True(code == ExitCode.Done, error);
        return (JsonDocument.Parse(await File.ReadAllBytesAsync(_folder.Sub(output, ExtractionReport.FileName), Token)).RootElement, error);
    }

    private static string[] Tiny(int steps) =>
    [
        "--preset", "tiny", "--steps", $"{steps}", "--context", "64", "--layers", "2", "--heads", "2", "--width", "64", "--vocabulary", "400", "--rows", "4",
        "--patience", "1000", "--warmup-steps", "5", "--learning-rate", "0.01", "--epochs", "100000", "--canaries", "2",
    ];
}
