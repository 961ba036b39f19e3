using System.Text.Json;
using Pipeline.Posts;
using Pipeline.Registry;
using Pipeline.Runs;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.TrainerJob.Checkpoints;
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
        var samples = File.ReadAllText(_folder.Sub("model", "samples.md"));
        Assert.Contains("# While it was trained", samples, StringComparison.Ordinal);
        Assert.Contains("## Step 30", samples, StringComparison.Ordinal);
        Assert.Contains("Longest copied run: ", samples, StringComparison.Ordinal);
        Assert.Contains("Learning rate: ", error, StringComparison.Ordinal);
        Assert.Contains("All 30 steps are done.", error, StringComparison.Ordinal);
        var written = File.GetLastWriteTimeUtc(_folder.Sub("model", "model.safetensors"));

        var again = await JobProcess.RunAsync(_folder, Train(steps: 30));

        Assert.Equal((ExitCode.Done, output), (again.Code, again.Output));
        Assert.Contains("there already", again.Error, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder.Sub("model", "model.safetensors")));
    }

    [Fact]
    public async Task With_4_bits_asked_for_every_form_is_judged_and_the_manifest_says_which_serves()
    {
        await WriteDocumentsAsync(SmallTexts.Documents(12));
        var (code, output, error) = await JobProcess.RunAsync(_folder, [.. TrainStore, "--q4"]);
        Assert.True(code == ExitCode.Done, error);
        var folder = _folder.Sub("store", "models", output.TrimEnd('\n'));
        var manifest = ModelManifest.FromJson(File.ReadAllBytes(Path.Combine(folder, ModelManifest.FileName)));
        Assert.True(manifest.Metrics.Float32Perplexity > 1 && manifest.Metrics.EightBitPerplexity > 1 && manifest.Metrics.FourBitPerplexity > 1);
        Assert.Contains("4 bits ", manifest.ServingReason, StringComparison.Ordinal);
        var serves = manifest.Metrics.FourBitPerplexity < 1.05 * manifest.Metrics.Float32Perplexity;
        Assert.Equal(serves, manifest.ServingFile == "onnx/decoder_q4.onnx");
        Assert.Equal(serves, File.Exists(Path.Combine(folder, "onnx", "decoder_q4.onnx")));
        var metrics = File.ReadAllText(Path.Combine(folder, "metrics.json"));
        Assert.Contains("\"fourBitPerplexity\"", metrics, StringComparison.Ordinal);
        Assert.Contains("\"servingReason\"", metrics, StringComparison.Ordinal);
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
            TrainingLog.Read(_folder.Sub("whole", "train.log")).Select(record => record with { TokensPerSecond = 0, Copied = null }),
            TrainingLog.Read(_folder.Sub("model", "train.log")).Select(record => record with { TokensPerSecond = 0, Copied = null }));
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
    public async Task Quiet_says_nothing_but_warnings_and_loud_says_the_figures()
    {
        var quiet = await JobProcess.RunAsync(_folder, [.. Train(steps: 10), "--quiet"]);
        var loud = await JobProcess.RunAsync(_folder, Train(steps: 11));

        // A model of ten steps is worse than the simplest one, and that is a warning.
        Assert.Equal(ExitCode.Done, quiet.Code);
        Assert.All(quiet.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("warning: ", line, StringComparison.Ordinal));
        Assert.Contains("step 11/11", loud.Error, StringComparison.Ordinal);
        Assert.Contains("validation", loud.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", loud.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paid_run_tests_itself_first_and_ends_when_the_money_is_spent()
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, [.. Train(steps: 1_000_000), "--price-per-hour", "3600", "--max-cost", "1", "--json"]);

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Self-test passed", error, StringComparison.Ordinal);
        Assert.Contains("the money is spent", error, StringComparison.Ordinal);
        using var result = JsonDocument.Parse(output);
        Assert.True(result.RootElement.GetProperty("cost").GetDouble() >= 1);
    }

    [Fact]
    public async Task A_learning_rate_that_diverges_fails_and_leaves_the_last_checkpoint()
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, [.. Train(steps: 500).Where(argument => argument is not ("0.01" or "--learning-rate")), "--learning-rate", "10", "--checkpoint-minutes", "0.000001"]);

        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Contains("diverged", error, StringComparison.Ordinal);
        Assert.Contains("lower learning rate", error, StringComparison.Ordinal);
        var run = Directory.EnumerateDirectories(_folder.Sub(".pipeline", "runs")).Single();
        Assert.Equal(RunStatus.Failed, State(run).Status);
        Assert.NotEmpty(new CheckpointStore(Path.Combine(run, "checkpoints")).Steps());
    }

    [Fact]
    public async Task An_old_log_is_drawn()
    {
        File.WriteAllText(_folder.Sub("train.log"), TrainingLog.Header + "\n1,0.5,4,4,,0.001,900,,\n2,1,3,3.5,3.25,0.001,900,,\n");

        var plot = await JobProcess.RunAsync(_folder, "plot", "train.log", "--svg", "loss.svg");
        var same = await JobProcess.RunAsync(_folder, "train", "--plot", "train.log");
        var none = await JobProcess.RunAsync(_folder, "plot", "posts/00.txt");

        Assert.Equal((ExitCode.Done, plot.Output), (same.Code, same.Output));
        Assert.Contains("from 4.00 at step 1 to 3.50 at step 2", plot.Output, StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(_folder.Sub("loss.svg")), StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, none.Code);
        Assert.Contains("no training log", none.Error, StringComparison.Ordinal);
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
