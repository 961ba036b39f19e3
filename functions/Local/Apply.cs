using Pipeline.Collecting;
using Pipeline.Deployment;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Sample;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Posts;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>Puts a deployment in force on this machine, step by step, through the same functions as in Azure.</summary>
/// <param name="manifest">The deployment, checked.</param>
/// <param name="place">The folder of its file, from which its paths go.</param>
/// <param name="folders">The work folder.</param>
/// <param name="output">Gets a line a step.</param>
internal sealed class Apply(DeploymentManifest manifest, string place, WorkFolders folders, TextWriter output)
{
    private const int SampleTokens = 24;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs the steps.</summary>
    /// <param name="watch">Whether to go on until a model serves.</param>
    /// <param name="cancellationToken">Stops; the same command goes on.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(bool watch, CancellationToken cancellationToken)
    {
        using var busy = WorkLock.Take(folders.Root);
        var settings = folders.Configure(PipelineSettings.FromEnvironment());
        var rooted = manifest with { Base = manifest.Base is { } start && Directory.Exists(Path.Combine(place, start)) ? Path.GetFullPath(Path.Combine(place, start)) : manifest.Base };
        DeploymentSettings.Apply(settings, rooted);
        settings.GitHubRepository = null;
        var blog = await BlogAsync(cancellationToken);
        await using var host = await LocalHost.StartAsync(settings.Validated(), folders.Host, LogForm.Errors, RunDeadlines.None, cancellationToken);
        await ReadPostsAsync(host, blog, cancellationToken);
        await host.Services.GetRequiredService<DeploymentStore>().WriteAsync(rooted, cancellationToken);
        Say("deployment", $"{manifest.Name ?? "it"} is in force: rollout {settings.Rollout}, {manifest.Sensors.Count} sensors, {manifest.Routes.Count} routes");
        if (!watch)
        {
            Say("next", "run 'serve' on this work folder, or apply again with --watch");
            return CommandLine.Done;
        }

        foreach (var done in await host.Services.GetRequiredService<SensorWatch>().LookAsync(cancellationToken))
        {
            Say("sensor", done);
        }

        return await TrainAsync(host, cancellationToken) is not 0 and var failed ? failed : await ServeAsync(host, cancellationToken);
    }

    // Sources are collected into one folder, which is then the blog.
    private async Task<string> BlogAsync(CancellationToken cancellationToken)
    {
        if (manifest.Corpus.Sources.Count == 0)
        {
            return Path.GetFullPath(Path.Combine(place, manifest.Corpus.Blog!));
        }

        var target = manifest.Corpus.Blog is { } blog ? Path.GetFullPath(Path.Combine(place, blog)) : Path.Combine(folders.Root, "collected");
        foreach (var source in manifest.Corpus.Sources)
        {
            var temporary = Directory.CreateTempSubdirectory("pipeline-collect-");
            try
            {
                var log = new CollectLog();
                var beside = Path.Combine(place, source.From);
                var name = Path.Exists(beside) ? Path.GetFullPath(beside) : source.From;
                var path = await SourceFetch.ToFileAsync(name, temporary.FullName, log, cancellationToken);
                SourceKind? kind = source.Kind is { } given ? Enum.Parse<SourceKind>(given, ignoreCase: true) : null;
                var opened = SourceRecognizer.Open(path, name, kind, new() { Replies = source.Replies, Quotes = source.Quotes }, TimeProvider.System);
                var result = await new CollectedFolder(target).CollectAsync(opened, log, progress: null, cancellationToken);
                foreach (var problem in log.Problems)
                {
                    Say("collect", problem);
                }

                Say("collect", $"{source.From}: {result.Added} new posts, {result.Changed} changed, {result.Unchanged} unchanged");
            }
            finally
            {
                temporary.Delete(recursive: true);
            }
        }

        return target;
    }

    private async Task ReadPostsAsync(LocalHost host, string directory, CancellationToken cancellationToken)
    {
        var blog = BlogFolder.Open(directory);
        await WorkingCopy.ImportAsync(directory, folders, cancellationToken);
        var import = await new BlogFolderImport(host.Services.GetRequiredService<IBlobStore>()).RunAsync(blog, drafts: false, cancellationToken);
        host.BlobTrigger("ConvertPost").RetryPoisoned();
        await host.BlobTrigger("ConvertPost").ScanAsync(progress: null, cancellationToken);
        var kept = 0;
        await foreach (var document in host.Services.GetRequiredService<DocumentStore>().ReadAllAsync(cancellationToken))
        {
            kept += document.Skipped is null ? 1 : 0;
        }

        if (kept == 0)
        {
            throw new BlogException($"No post of {directory} has text to learn from.");
        }

        Say("corpus", $"{kept} posts to learn from, {import.Posts - kept + import.Problems.Count} left out");
    }

    private async Task<int> TrainAsync(LocalHost host, CancellationToken cancellationToken)
    {
        var launcher = host.Services.GetRequiredService<ITrainingLauncher>();
        var look = await host.Services.GetRequiredService<CorpusWatch>().LookAsync(cancellationToken);
        if (await launcher.FindAsync(cancellationToken) is null && look is CorpusState.Changed)
        {
            await launcher.StartAsync(new(), cancellationToken);
        }

        var sensors = host.Services.GetRequiredService<SensorWatch>();
        while (await launcher.FindAsync(cancellationToken) is not null || await sensors.MissingAsync(manifest, cancellationToken) > 0)
        {
            if (await EndAsync(launcher, host, cancellationToken) is not 0 and var failed)
            {
                return failed;
            }

            if (await sensors.MissingAsync(manifest, cancellationToken) == 0)
            {
                break;
            }

            // Trains the next of several.
            foreach (var done in await sensors.LookAsync(cancellationToken))
            {
                Say("sensor", done);
            }
        }

        Say("training", (await host.Services.GetRequiredService<CorpusWatch>().LookAsync(cancellationToken)) is CorpusState.Known known
            ? $"{known.Version} knows the corpus"
            : "nothing to train");
        return CommandLine.Done;
    }

    private async Task<int> EndAsync(ITrainingLauncher launcher, LocalHost host, CancellationToken cancellationToken)
    {
        await using var stop = cancellationToken.Register(host.Services.GetRequiredService<ChildProcessTrainer>().Stop);
        string? told = null;
        while (await launcher.FindAsync(CancellationToken.None) is { } run)
        {
            if (told != run.Id)
            {
                Say("training", $"run {run.Id}");
                told = run.Id;
            }

            switch (run.State)
            {
                case TrainingRunState.Done:
                    return CommandLine.Done;
                case TrainingRunState.Failed:
                    Say("training", $"run {run.Id} failed");
                    return CommandLine.Failed;
                case TrainingRunState.Stopped:
                    return CommandLine.Interrupted;
                default:
                    // Until it has saved, whatever else is asked.
                    await Task.Delay(BetweenLooks, CancellationToken.None);
                    break;
            }
        }

        return CommandLine.Done;
    }

    private async Task<int> ServeAsync(LocalHost host, CancellationToken cancellationToken)
    {
        await host.BlobTrigger("DecideDeployment").ScanAsync(progress: null, cancellationToken);
        var table = await host.Services.GetRequiredService<RoutingStore>().ReadAsync(cancellationToken);
        foreach (var change in table.History.TakeLast(manifest.Rollout.Of ?? 1))
        {
            Say("rollout", $"{change.Version} {change.Change.ToString().ToLowerInvariant()}: {change.Reason}");
        }

        if (table.Candidate is { } candidate)
        {
            Say("rollout", $"{candidate} gets {table.Weights.GetValueOrDefault(candidate)} of 100 requests");
        }

        // What comes into service may set off sensors.
        foreach (var done in await host.Services.GetRequiredService<SensorWatch>().LookAsync(cancellationToken))
        {
            Say("sensor", done);
        }

        using var answer = await host.Http.GetAsync(new Uri($"/api/sample?length={SampleTokens}&seed=1", UriKind.Relative), cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            Say("serving", $"no model serves: {HandlerClient.ReadError(await answer.Content.ReadAsStringAsync(cancellationToken))}");
            return CommandLine.Failed;
        }

        var sample = (await answer.Content.ReadFromJsonAsync(SampleJson.Default.SampleAnswer, cancellationToken))!;
        Say("serving", $"{sample.Version} writes: {string.Join(' ', sample.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}");
        return CommandLine.Done;
    }

    private void Say(string step, string line) => output.WriteLine($"{step,-11}{line}");
}
