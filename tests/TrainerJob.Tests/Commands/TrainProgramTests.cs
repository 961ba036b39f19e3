using System.Text.Json;
using Pipeline.Posts;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class TrainProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainProgramTests() => SmallTexts.WriteFiles(_folder.Sub("posts"), count: 12);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Text_files_become_a_model_folder_and_the_second_time_nothing_is_done()
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, Train(steps: 30));

        Assert.True(code == ExitCode.Done, error);
        var version = output.TrimEnd('\n');
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{8}$", version);
        foreach (var file in new[]
        {
            "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "vocab.json", "merges.txt", "onnx/model.onnx",
            "metrics.json", "train.log", "loss.svg", "samples.md",
        })
        {
            Assert.True(File.Exists(_folder.Sub("model", file)), file);
        }

        Assert.Equal(30, TrainingLog.Read(_folder.Sub("model", "train.log"))[^1].Step);
        var written = File.GetLastWriteTimeUtc(_folder.Sub("model", "model.safetensors"));

        var again = await JobProcess.RunAsync(_folder, Train(steps: 30));

        Assert.Equal((ExitCode.Done, output), (again.Code, again.Output));
        Assert.Contains("there already", again.Error, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder.Sub("model", "model.safetensors")));
    }

    [Theory]
    [InlineData("INT", ExitCode.Interrupted)]
    [InlineData("KILL", 128 + 9)]
    public async Task A_stopped_run_goes_on_to_the_weights_of_an_unbroken_one(string signal, int exitCode)
    {
        var unbroken = await JobProcess.RunAsync(_folder, [.. Train(steps: 300, "whole"), "--work", "whole-work"]);
        Assert.True(unbroken.Code == ExitCode.Done, unbroken.Error);
        using (var process = JobProcess.Start(_folder, Train(steps: 300)))
        {
            await process.WaitForStepAsync(_folder.Sub(".pipeline", "runs", unbroken.Output.TrimEnd('\n'), "train.log"), 40);
            await process.SignalAsync(signal);
            var (code, output, error) = await process.EndAsync();
            Assert.True(code == exitCode, error);
            Assert.Equal("", output);
        }

        var resumed = await JobProcess.RunAsync(_folder, Train(steps: 300));

        Assert.True(resumed.Code == ExitCode.Done, resumed.Error);
        Assert.Contains("Going on after step", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(_folder.Sub("whole", "model.safetensors")), File.ReadAllBytes(_folder.Sub("model", "model.safetensors")));
        Assert.Equal(
            TrainingLog.Read(_folder.Sub("whole", "train.log")).Select(record => record with { TokensPerSecond = 0 }),
            TrainingLog.Read(_folder.Sub("model", "train.log")).Select(record => record with { TokensPerSecond = 0 }));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData(null)]
    public async Task A_polite_end_saves_the_run_and_says_so(string? signal)
    {
        using var process = JobProcess.Start(_folder, [.. Train(steps: 100_000), "--stop-on-stdin-close"]);
        var run = await process.WaitForRunAsync(_folder.Sub(".pipeline", "runs"), step: 3);
        if (signal is null)
        {
            process.CloseInput();
        }
        else
        {
            await process.SignalAsync(signal);
        }

        var (code, output, error) = await process.EndAsync();

        Assert.Equal((ExitCode.Interrupted, ""), (code, output));
        Assert.Contains("goes on from here", error, StringComparison.Ordinal);
        var state = State(run);
        Assert.Equal((RunStatus.Interrupted, TrainingLog.Read(Path.Combine(run, "train.log"))[^1].Step), (state.Status, state.Step));
        Assert.True(Directory.Exists(Path.Combine(run, "checkpoints", $"{state.Step}")));
    }

    [Fact]
    public async Task A_second_process_on_the_same_run_does_no_harm()
    {
        using var first = JobProcess.Start(_folder, Train(steps: 300));
        var run = await first.WaitForRunAsync(_folder.Sub(".pipeline", "runs"), step: 1);

        var second = await JobProcess.RunAsync(_folder, Train(steps: 300));

        Assert.Equal((ExitCode.Failed, ""), (second.Code, second.Output));
        Assert.Contains("Another process trains", second.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await first.EndAsync()).Code);
        Assert.Equal(RunStatus.Finished, State(run).Status);
    }

    [Fact]
    public async Task Documents_of_a_store_become_a_published_model_that_force_makes_anew()
    {
        await WriteDocumentsAsync(SmallTexts.Documents(12));

        var first = await JobProcess.RunAsync(_folder, [.. TrainStore, "--json"]);
        Assert.True(first.Code == ExitCode.Done, first.Error);
        var second = await JobProcess.RunAsync(_folder, [.. TrainStore, "--json"]);
        var forced = await JobProcess.RunAsync(_folder, [.. TrainStore, "--force"]);
        var forcedAgain = await JobProcess.RunAsync(_folder, [.. TrainStore, "--force"]);

        using var result = JsonDocument.Parse(first.Output);
        var version = result.RootElement.GetProperty("version").GetString()!;
        Assert.Equal("finished", result.RootElement.GetProperty("status").GetString());
        using var reused = JsonDocument.Parse(second.Output);
        foreach (var figure in new[] { "version", "documents", "tokens", "trainLoss", "validationLoss", "perplexity" })
        {
            Assert.Equal(result.RootElement.GetProperty(figure).ToString(), reused.RootElement.GetProperty(figure).ToString());
        }

        Assert.Equal((false, true), (result.RootElement.GetProperty("reused").GetBoolean(), reused.RootElement.GetProperty("reused").GetBoolean()));
        Assert.Equal((version + "-2\n", version + "-3\n"), (forced.Output, forcedAgain.Output));
        Assert.Contains("there already", second.Error, StringComparison.Ordinal);
        var models = new ModelStore(Store());
        Assert.Equal([version, version + "-2", version + "-3"], (await models.ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal));
        var manifest = (await models.ReadManifestAsync(version, TestContext.Current.CancellationToken))!;
        Assert.Equal((version[..8], 12, 1UL), (manifest.CorpusId[..8], manifest.Metrics.Documents, manifest.Seed));
        Assert.Equal(Math.Exp(manifest.Metrics.ValidationLoss!.Value), manifest.Metrics.Perplexity!.Value, 1e-9);
        Assert.Contains(manifest.ServingFile!, manifest.Files.Keys);
        Assert.Equal("30", manifest.Settings["steps"]);
        Assert.True(File.Exists(_folder.Sub("store", "corpora", manifest.CorpusId, "report.json")));
        Assert.Equal(version, State(_folder.Sub("store", "runs", version)).Version);
    }

    [Fact]
    public async Task One_post_is_trained_on_with_a_word_of_warning()
    {
        await WriteDocumentsAsync(SmallTexts.Documents(1));

        var (code, output, error) = await JobProcess.RunAsync(_folder, TrainStore);

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("only one post", error, StringComparison.Ordinal);
        var manifest = (await new ModelStore(Store()).ReadManifestAsync(output.TrimEnd('\n'), TestContext.Current.CancellationToken))!;
        Assert.Null(manifest.Metrics.ValidationLoss);
    }

    [Fact]
    public async Task A_store_without_a_post_that_counts_is_bad_input_and_says_so()
    {
        await WriteDocumentsAsync(SmallTexts.Documents(2).Select(document => document with { Skipped = "it is a test" }));

        var (code, output, error) = await JobProcess.RunAsync(_folder, TrainStore);

        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains("2 left out", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_says_nothing_and_loud_says_the_figures()
    {
        var quiet = await JobProcess.RunAsync(_folder, [.. Train(steps: 10), "--quiet"]);
        var loud = await JobProcess.RunAsync(_folder, Train(steps: 11));

        Assert.Equal((ExitCode.Done, ""), (quiet.Code, quiet.Error));
        Assert.Contains("step 11/11", loud.Error, StringComparison.Ordinal);
        Assert.Contains("validation", loud.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", loud.Error, StringComparison.Ordinal);
    }

    private static string[] Tiny(int steps) =>
    [
        "--preset", "tiny", "--steps", $"{steps}", "--context", "32", "--layers", "1", "--heads", "2", "--width", "16", "--vocabulary", "300",
        "--rows", "4", "--patience", "1000", "--warmup-steps", "5", "--learning-rate", "0.01", "--epochs", "100000",
    ];

    private static string[] Train(int steps, string output = "model") => ["train", "--data", "posts", "--output", output, .. Tiny(steps)];

    private static string[] TrainStore => ["train", "--store", "store", .. Tiny(30)];

    private static RunState State(string run) => RunState.FromJson(File.ReadAllBytes(Path.Combine(run, "state.json")))!;

    private FolderBlobStore Store() => new(_folder.Sub("store"), TimeProvider.System);

    private async Task WriteDocumentsAsync(IEnumerable<PostDocument> documents)
    {
        var store = new DocumentStore(Store());
        foreach (var document in documents)
        {
            await store.WriteAsync(document, TestContext.Current.CancellationToken);
        }
    }
}
