using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Training;
using Pipeline.Generation;
using Pipeline.Posts;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>One pass of the whole loop on this machine, through the same functions and payloads as in Azure.</summary>
internal sealed class Once(OnceOptions options, TextWriter output)
{
    private readonly TimeProvider clock = TimeProvider.System;
    private readonly WorkFolders folders = new(options.Work);

    /// <summary>Runs it and reports on the way.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var blog = BlogFolder.Open(options.Blog);
        using var busy = WorkLock.Take(folders.Root);
        await WorkingCopy.ImportAsync(options.Blog, folders, cancellationToken);
        await using var host = await LocalHost.StartAsync(Settings(), folders.Host, LogForm.Errors, RunDeadlines.None, cancellationToken);
        var store = host.Services.GetRequiredService<IBlobStore>();

        var (kept, skipped) = await ReadPostsAsync(host, store, blog, cancellationToken);
        if (kept == 0)
        {
            throw new BlogException($"No post of {options.Blog} has text to learn from. See the reasons above.");
        }

        var training = await TrainAsync(host, cancellationToken);
        if (training.Result is not { } trained)
        {
            return training.ExitCode;
        }

        await DeployAsync(host, cancellationToken);
        var published = await PublishAsync(host, cancellationToken);
        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        output.WriteLine($"Done in {seconds:0} s.");
        if (options.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new OnceResult
                {
                    Documents = kept,
                    Skipped = skipped,
                    Tokens = trained.Tokens,
                    Version = trained.Version,
                    TrainLoss = trained.TrainLoss,
                    ValidationLoss = trained.ValidationLoss,
                    Perplexity = trained.Perplexity,
                    Post = published.Path,
                    Branch = published.Branch,
                    Commit = published.Commit,
                    Seconds = Math.Round(seconds, 1),
                },
                OnceJson.Default.OnceResult));
        }

        return published.Path is null ? CommandLine.Failed : CommandLine.Done;
    }

    private PipelineSettings Settings()
    {
        var settings = folders.Configure(PipelineSettings.FromEnvironment());
        settings.Preset = options.Preset;
        settings.Base = options.Base ?? settings.Base;
        settings.Seed = options.Seed;
        settings.Format = options.Format;
        settings.Model = options.Model == DecoderMetadata.Gpt2 ? "" : options.Model;
        // Here the post is the point, and a person looks at it: what it fails is said, not refused.
        settings.Gates = "report";
        // All on this machine, whatever the environment is set up for.
        settings.GitHubRepository = null;
        settings.Trainer = "child";
        return settings.Validated();
    }

    private async Task<(int Kept, int Skipped)> ReadPostsAsync(LocalHost host, IBlobStore store, BlogFolder blog, CancellationToken cancellationToken)
    {
        output.WriteLine($"Blog      {options.Blog}");
        var import = await new BlogFolderImport(store).RunAsync(blog, drafts: false, cancellationToken);
        foreach (var problem in import.Problems)
        {
            output.WriteLine($"          left out: {problem}");
        }

        host.BlobTrigger("ConvertPost").RetryPoisoned();
        var scan = await Progress.RunAsync("Reading posts", import.Posts, progress => host.BlobTrigger("ConvertPost").ScanAsync(progress, cancellationToken));
        foreach (var (name, error) in host.BlobTrigger("ConvertPost").Poisoned)
        {
            output.WriteLine($"          failed: {name}: {error}");
        }

        var kept = 0;
        var skipped = import.Problems.Count;
        await foreach (var document in host.Services.GetRequiredService<DocumentStore>().ReadAllAsync(cancellationToken))
        {
            if (document.Skipped is { } reason)
            {
                skipped++;
                output.WriteLine($"          skipped: {document.Path}: {reason}");
            }
            else
            {
                kept++;
            }
        }

        output.WriteLine($"Documents {kept} posts to learn from, {skipped} left out; {scan.Handled} converted now.");
        return (kept, skipped);
    }

    private async Task<TrainingOutcome> TrainAsync(LocalHost host, CancellationToken cancellationToken)
    {
        using var answer = await host.Http.PostAsJsonAsync("/api/train", new TrainingRequest(options.Force), TrainingJson.Default.TrainingRequest, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var launcher = host.Services.GetRequiredService<ChildProcessTrainer>();
        TrainingOutcome outcome;
        await using (cancellationToken.Register(launcher.Stop))
        {
            outcome = await launcher.Current!;
        }

        if (outcome.Result is { } result)
        {
            var loss = result.ValidationLoss is { } validation ? $"validation loss {validation:0.000}, perplexity {result.Perplexity:0.0}" : "no held-out post";
            output.WriteLine(result.Reused
                ? $"Model     {result.Version} was trained on this corpus before and is used again ({loss}); --force trains anew."
                : $"Model     {result.Version}: {result.Tokens} tokens, train loss {result.TrainLoss:0.000}, {loss}, {result.Seconds:0} s.");
            output.WriteLine($"          loss curve: {Path.Combine(folders.Store, Containers.Models, result.Version, "loss.svg")}");
        }

        return outcome;
    }

    private async Task DeployAsync(LocalHost host, CancellationToken cancellationToken)
    {
        var scanner = host.BlobTrigger("DecideDeployment");
        await scanner.ScanAsync(progress: null, cancellationToken);
        var routing = await host.Services.GetRequiredService<Registry.RoutingStore>().ReadAsync(cancellationToken);
        output.WriteLine($"Serving   {routing.Stable ?? "nothing"}{(routing.History is [.., var last] ? $" ({last.Reason})" : "")}");
    }

    private async Task<PublishAnswer> PublishAsync(LocalHost host, CancellationToken cancellationToken)
    {
        using var response = await host.Http.PostAsync(new Uri("/api/publish", UriKind.Relative), content: null, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new FunctionFailedException("PublishNow", HandlerClient.ReadError(await response.Content.ReadAsStringAsync(cancellationToken)) ?? $"HTTP {(int)response.StatusCode}");
        }

        var answer = (await response.Content.ReadFromJsonAsync(PublishJson.Default.PublishAnswer, cancellationToken))!;
        if (answer.Path is null)
        {
            output.WriteLine($"No post today: {answer.Reason}");
            return answer;
        }

        output.WriteLine($"Post      {answer.Path} on branch {answer.Branch}, commit {answer.Commit?[..12]} (best of {answer.Candidates}).");
        foreach (var reason in answer.Failed)
        {
            output.WriteLine($"          fails a quality gate: {reason}");
        }

        output.WriteLine();
        output.WriteLine(answer.Text);
        output.WriteLine();
        output.WriteLine($"Look at it:  git -C {folders.Blog} show {answer.Branch}");
        return answer;
    }
}
