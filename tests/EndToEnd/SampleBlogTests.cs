using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>The whole loop on the sample blog, run twice in one work folder.</summary>
[Collection(SampleBlogRuns.Name)]
public sealed class SampleBlogTests(SampleBlogRuns runs)
{
    [Fact]
    public async Task The_post_is_one_commit_with_one_file_on_top_of_the_blog_as_given()
    {
        var token = TestContext.Current.CancellationToken;
        var run = runs.First;
        Assert.Equal(run.Commit, await Git.RunAsync(runs.Blog, token, "rev-parse", run.Branch));
        Assert.Equal("1", await Git.RunAsync(runs.Blog, token, "rev-list", "--count", $"main..{run.Branch}"));
        Assert.Equal(run.Post, await Git.RunAsync(runs.Blog, token, "diff", "--name-only", "main", run.Branch));
        Assert.Matches(@"^_posts/\d{4}-\d\d-\d\d-[a-z0-9-]+\.md$", run.Post);
        Assert.Matches(@"^pipeline/post-\d{4}-\d\d-\d\d$", run.Branch);

        var given = Directory.EnumerateFiles(runs.Source, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(runs.Source, file)).Order(StringComparer.Ordinal);
        var main = (await Git.RunAsync(runs.Blog, token, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "main")).Split('\n').Order(StringComparer.Ordinal);
        Assert.Equal(given, main);
    }

    [Fact]
    public void The_original_blog_is_not_touched() => Assert.Equal(runs.SourceHash, FolderHash.Of(runs.Source));

    [Fact]
    public async Task The_post_says_that_a_machine_wrote_it()
    {
        var text = await Git.RunAsync(runs.Blog, TestContext.Current.CancellationToken, "show", $"{runs.First.Branch}:{runs.First.Post}");
        Assert.StartsWith("---\n", text, StringComparison.Ordinal);
        Assert.Contains("\nai_generated: true\n", text, StringComparison.Ordinal);
        Assert.Contains(runs.First.Version, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_branches_build_with_real_jekyll_and_show_their_post()
    {
        var token = TestContext.Current.CancellationToken;
        foreach (var run in new[] { runs.First, runs.Second })
        {
            using var checkout = new TemporaryFolder();
            await Git.RunAsync(runs.Blog, token, "worktree", "add", "--detach", checkout.Sub("site"), run.Branch);
            // The second post is dated tomorrow.
            var build = await Jekyll.BuildAsync(checkout.Sub("site"), checkout.Sub("out"), token, "--future");
            Assert.True(build.ExitCode == 0, build.ToString());
            var slug = Path.GetFileNameWithoutExtension(run.Post)[11..];
            Assert.Single(Directory.EnumerateFiles(checkout.Sub("out"), "*.html", SearchOption.AllDirectories), file => file.Contains(slug, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_document_is_a_post_of_the_blog_and_what_was_left_out_is_named_with_its_reason()
    {
        var documents = Directory.EnumerateFiles(Path.Combine(runs.Work, "store", "documents"), "*.json", SearchOption.AllDirectories)
            .Select(file => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement)
            .ToArray();
        Assert.All(documents, document => Assert.True(File.Exists(Path.Combine(runs.Source, document.GetProperty("path").GetString()!))));
        Assert.Equal(runs.First.Documents, documents.Count(document => document.GetProperty("skipped").ValueKind == JsonValueKind.Null));
        foreach (var skipped in documents.Where(document => document.GetProperty("skipped").ValueKind != JsonValueKind.Null))
        {
            Assert.Contains($"{skipped.GetProperty("path")}: {skipped.GetProperty("skipped")}", runs.First.Program.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_model_folder_is_complete_and_its_manifest_tells_the_truth()
    {
        var folder = Path.Combine(runs.Work, "store", "models", runs.First.Version);
        var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json"))).RootElement;
        var files = manifest.GetProperty("files").EnumerateObject().ToDictionary(file => file.Name, file => file.Value);
        string[] expected =
        [
            "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "vocab.json", "merges.txt",
            "onnx/decoder.onnx", "onnx/decoder_quantized.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx", "metrics.json", "train.log", "loss.svg", "samples.md",
        ];
        Assert.All(expected, name => Assert.Contains(name, files.Keys));
        Assert.All(files, file =>
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, file.Key));
            Assert.Equal(file.Value.GetProperty("length").GetInt64(), bytes.Length);
            Assert.Equal(file.Value.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        });
    }

    [Fact]
    public void The_log_has_every_step_and_the_loss_falls()
    {
        var rows = File.ReadAllLines(Path.Combine(runs.Work, "store", "models", runs.First.Version, "train.log"));
        Assert.StartsWith("step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second", rows[0], StringComparison.Ordinal);
        var steps = rows.Skip(1).Select(row => row.Split(',')).ToArray();
        Assert.Equal(Enumerable.Range(1, steps.Length), steps.Select(row => int.Parse(row[0], CultureInfo.InvariantCulture)));
        var losses = steps.Select(row => double.Parse(row[2], CultureInfo.InvariantCulture)).ToArray();
        Assert.True(losses[^1] < losses[0] - 1, $"The loss went from {losses[0]} to {losses[^1]}.");
        Assert.True(runs.First.Summary.GetProperty("validationLoss").GetDouble() < losses[0]);
    }

    [Fact]
    public void The_version_serves_with_all_the_weight()
    {
        var routing = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(runs.Work, "store", "registry", "routing.json"))).RootElement;
        Assert.Equal(runs.First.Version, routing.GetProperty("stable").GetString());
        Assert.Equal(100, routing.GetProperty("weights").EnumerateObject().Sum(weight => weight.Value.GetInt32()));
    }

    [Fact]
    public void A_second_run_trains_nothing_and_writes_the_next_days_post()
    {
        Assert.Equal(runs.First.Version, runs.Second.Version);
        Assert.Contains("used again", runs.Second.Program.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 converted now", runs.Second.Program.Output, StringComparison.Ordinal);
        Assert.Equal(Day(runs.First.Branch).AddDays(1), Day(runs.Second.Branch));
        Assert.NotEqual(runs.First.Post[17..], runs.Second.Post[17..]);
    }

    [Fact]
    public async Task A_sample_goes_to_standard_output_alone_and_greedy_is_always_the_same()
    {
        var token = TestContext.Current.CancellationToken;
        string[] arguments = ["sample", "--model", Path.Combine(runs.Work, "store", "models", runs.First.Version), "--title", "The kettle", "--length", "40", "--temperature", "0"];
        var first = await Programs.RunAsync(Programs.Functions, arguments, token);
        var second = await Programs.RunAsync(Programs.Functions, arguments, token);
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.NotEmpty(first.Output.Trim());
        Assert.Equal(first.Output, second.Output);
    }

    [Fact]
    public async Task Evaluate_finds_the_loss_that_training_reported()
    {
        var corpus = Directory.EnumerateDirectories(Path.Combine(runs.Work, "store", "corpora")).Single();
        var result = await Programs.RunAsync(
            Programs.TrainerJob,
            ["evaluate", "--model", Path.Combine(runs.Work, "store", "models", runs.First.Version), "--data", Path.Combine(corpus, "validation.jsonl"), "--json"],
            TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.ToString());
        var loss = JsonDocument.Parse(result.Output).RootElement.GetProperty("loss").GetDouble();
        Assert.Equal(runs.First.Summary.GetProperty("validationLoss").GetDouble(), loss, 1e-3);
    }

    private static DateOnly Day(string branch) => DateOnly.ParseExact(branch["pipeline/post-".Length..], "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
