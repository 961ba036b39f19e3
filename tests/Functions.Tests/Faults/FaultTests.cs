using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.ConvertPost;
using Pipeline.Functions.DecideDeployment;
using Pipeline.Functions.Hosting;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Faults;

/// <summary>Whatever happens on the way, the end is that of one clean run.</summary>
public sealed partial class FaultTests : IDisposable
{
    private const int Runs = 200;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_process_that_dies_at_a_random_call_in_each_of_200_runs_leaves_what_a_clean_run_leaves()
    {
        var clean = await CleanAsync();
        for (var seed = 0; seed < Runs; seed++)
        {
            var random = new Random(seed);
            var store = new FolderBlobStore(folder.Sub($"run-{seed}"), TimeProvider.System);
            var steps = await PrepareAsync(store);
            // Dies up to three times, then lives; the host redelivers what was not acknowledged.
            for (var step = 0; step < steps.Count;)
            {
                var lives = random.Next(4) > 0;
                IBlobStore seen = lives ? store : new DyingStore(store, callsToLive: random.Next(1, 12), lastCallIsDone: random.Next(2) == 0);
                try
                {
                    await steps[step](seen);
                    step++;
                }
                catch (ProcessDiedException)
                {
                    // Started anew by the host.
                }
            }

            Assert.Equal(clean, await SnapshotAsync(store));
        }
    }

    [Fact]
    public async Task Events_three_times_out_of_order_at_once_late_and_for_what_is_gone_leave_what_a_clean_run_leaves()
    {
        var clean = await CleanAsync();
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var store = new FolderBlobStore(folder.Sub($"events-{seed}"), TimeProvider.System);
            var steps = await PrepareAsync(store);
            // A post that was there, was converted, and is gone before the late events come.
            var gone = new BlobName(Containers.Posts, "_posts/2026-01-09-gone.md");
            await store.WriteAsync(gone, Post("Gone", 9), BlobCondition.None, Token);
            var convertGone = Convert(gone.Path);
            await convertGone(store);
            await store.DeleteAsync(gone, BlobCondition.None, Token);
            var events = Enumerable.Repeat(steps.Append(convertGone), 3).SelectMany(all => all).ToArray();
            random.Shuffle(events);
            await Parallel.ForEachAsync(events, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, async (run, _) => await run(store));
            Assert.Equal(clean, await SnapshotAsync(store));
        }
    }

    [Fact]
    public async Task A_post_that_changes_while_older_readings_of_it_are_under_way_ends_as_it_was_written_last()
    {
        var store = new FolderBlobStore(folder.Sub("race"), TimeProvider.System);
        var name = new BlobName(Containers.Posts, "_posts/2026-01-01-race.md");
        for (var round = 0; round < 20; round++)
        {
            var readers = new List<Task>();
            for (var version = 0; version < 5; version++)
            {
                await store.WriteAsync(name, Post($"Round {round}, version {version}", 1), BlobCondition.None, Token);
                readers.Add(Task.Run(() => Convert(name.Path)(store), Token));
            }

            await Task.WhenAll(readers);
            Assert.Equal($"Round {round}, version 4", (await new DocumentStore(store).ReadAsync(name.Path, Token))!.Title);
        }
    }

    [Fact]
    public async Task Two_hosts_at_once_leave_what_one_leaves()
    {
        var clean = await CleanAsync();
        var store = new FolderBlobStore(folder.Sub("two"), TimeProvider.System);
        var steps = await PrepareAsync(store);
        // Each host has its own connection to the store, as two processes have.
        await Task.WhenAll(Enumerable.Range(0, 2).Select(host => Task.Run(
            async () =>
            {
                var own = new FolderBlobStore(folder.Sub("two"), TimeProvider.System);
                foreach (var step in host == 0 ? steps : steps.Reverse())
                {
                    await step(own);
                }
            },
            Token)));
        Assert.Equal(clean, await SnapshotAsync(store));
    }

    private static Func<IBlobStore, Task> Convert(string path) => store => new ConvertPostFunction(
        store, new DocumentStore(store), new PostRecords(store), new SiteConfigSource(store), new PipelineSettings(), TimeProvider.System, NullLogger<ConvertPostFunction>.Instance)
        .RunAsync(new BlobTrigger(path, []), Token);

    private static Func<IBlobStore, Task> Decide(string version) => store => new DecideDeploymentFunction(
        new DeploymentDecider(store, TimeProvider.System), new ModelStore(store), new RoutingStore(store), TimeProvider.System, NullLogger<DecideDeploymentFunction>.Instance)
        .RunAsync(new BlobTrigger($"{version}/manifest.json", []), Token);

    private static byte[] Post(string title, int day) => Encoding.UTF8.GetBytes($"---\ntitle: \"{title}\"\ntags: [sea, soup]\n---\nDay {day}: {TestModels.Text(day)}\n");

    // One post, settings and one model at a time make the whole flow; events of the same kind commute only where they should.
    private static async Task<IReadOnlyList<Func<IBlobStore, Task>>> PrepareAsync(FolderBlobStore store)
    {
        await store.WriteAsync(new(Containers.Posts, "_config.yml"), "timezone: Europe/Berlin\n"u8.ToArray(), BlobCondition.None, Token);
        var steps = new List<Func<IBlobStore, Task>> { Convert("_config.yml") };
        for (var day = 1; day <= 3; day++)
        {
            var path = $"_posts/2026-01-0{day}-post.md";
            await store.WriteAsync(new(Containers.Posts, path), Post($"Post {day}", day), BlobCondition.None, Token);
            steps.Add(Convert(path));
        }

        // The later one is the better one, whichever is judged first.
        await TestModels.PublishAsync(store, TestModels.Manifest("v1", perplexity: 30), Token);
        await TestModels.PublishAsync(store, TestModels.Manifest("v2", perplexity: 20, created: new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)), Token);
        steps.AddRange([Decide("v1"), Decide("v2")]);
        return steps;
    }

    private async Task<string> CleanAsync()
    {
        var store = new FolderBlobStore(folder.Sub("clean"), TimeProvider.System);
        foreach (var step in await PrepareAsync(store))
        {
            await step(store);
        }

        return await SnapshotAsync(store);
    }

    /// <summary>Every document, and what serves; of the history only that each version was decided, since its order is that of the events.</summary>
    private static async Task<string> SnapshotAsync(FolderBlobStore store)
    {
        var text = new StringBuilder();
        await foreach (var entry in store.ListAsync(Containers.Documents, "", Token))
        {
            text.AppendLine(entry.Name.Path).AppendLine(Encoding.UTF8.GetString((await store.ReadAsync(entry.Name, Token))!.Value.Bytes));
        }

        var table = await new RoutingStore(store).ReadAsync(Token);
        text.AppendLine($"{table.Stable} {table.Candidate} {string.Join(',', table.Weights)}");
        Assert.Equal(table.History.Select(change => change.Version).Distinct().Count(), table.History.Count);
        return Spaces().Replace(text.ToString(), " ");
    }

    [GeneratedRegex(@"[ \t]+")]
    private static partial Regex Spaces();
}
