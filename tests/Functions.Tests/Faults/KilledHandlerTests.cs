using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Tests.Hosting.Protocol;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Faults;

/// <summary>The published handler is killed, as the system kills a process, at random points between conversion and decision.</summary>
public sealed class KilledHandlerTests(PublishedApp app) : IDisposable
{
    private const int Kill = 9;
    private const int Runs = 200;
    private const int Posts = 3;
    private const int LongestLife = 60;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Killed_in_each_of_200_runs_from_conversion_to_decision_it_ends_as_one_clean_run()
    {
        var functions = await app.FunctionsAsync(Token);
        var clean = await LiveAsync(folder.Sub("clean"), functions, kills: null);
        var random = new Random(20260302);

        Assert.Equal(clean, await LiveAsync(folder.Sub("killed"), functions, random));
    }

    /// <summary>
    /// Posts come and a model of each lot, run by run. With kills, every run has a process of its own, which dies in it; what it had not
    /// acknowledged is delivered again to the next, together with the next run's.
    /// </summary>
    private async Task<string> LiveAsync(string root, IReadOnlyList<FunctionDefinition> functions, Random? kills)
    {
        var store = new FolderBlobStore(root, TimeProvider.System);
        var waiting = new List<(string Function, string Json)>();
        var cutOff = 0;
        for (var run = 1; run <= Runs; run++)
        {
            waiting.AddRange(await ArriveAsync(store, functions, run));
            if (kills is null && run < Runs)
            {
                continue;
            }

            using var handler = await HandlerProcess.StartAsync(app, PublishedApp.Settings(root), Token);
            var delivered = DeliverAsync(handler, waiting);
            if (kills is not null)
            {
                await Task.WhenAny(delivered, Task.Delay(TimeSpan.FromMilliseconds(kills.Next(LongestLife)), Token));
                handler.Program.Signal(Kill);
            }

            waiting = await delivered;
            cutOff += waiting.Count > 0 ? 1 : 0;
        }

        if (kills is not null)
        {
            // Fewer would be no test: the kills came after the work.
            Assert.True(cutOff > Runs / 2, $"Only {cutOff} of {Runs} runs were cut off.");
            using var last = await HandlerProcess.StartAsync(app, PublishedApp.Settings(root), Token);
            waiting = await DeliverAsync(last, waiting);
        }

        Assert.Empty(waiting);
        return await SnapshotAsync(store);
    }

    // Each version is a little better than the one before: in whatever order they are judged, the last one serves in the end.
    private static async Task<IEnumerable<(string Function, string Json)>> ArriveAsync(FolderBlobStore store, IReadOnlyList<FunctionDefinition> functions, int run)
    {
        var events = new List<(string, string)>();
        for (var number = 1; number <= Posts; number++)
        {
            var name = $"_posts/2026-02-03-post-{run}-{number}.md";
            var post = Encoding.UTF8.GetBytes($"---\ntitle: Post {run}.{number}\n---\n{TestModels.Text((run * Posts) + number)}\n");
            await store.WriteAsync(new(Containers.Posts, name), post, BlobCondition.None, Token);
            events.Add(("ConvertPost", Payloads.Blob(functions.Single(function => function.Name == "ConvertPost"), name, post, wrapped: true).ToJsonString()));
        }

        var version = string.Create(CultureInfo.InvariantCulture, $"v{run:000}");
        var manifest = await TestModels.PublishAsync(
            store, TestModels.Manifest(version, perplexity: 1000 - run, created: new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(run)), Token);
        events.Add(("DecideDeployment", Payloads.Blob(functions.Single(function => function.Name == "DecideDeployment"), version, manifest.ToJson(), wrapped: true).ToJsonString()));
        return events;
    }

    /// <summary>Delivers everything at once; gives what was not acknowledged.</summary>
    private static async Task<List<(string Function, string Json)>> DeliverAsync(HandlerProcess handler, List<(string Function, string Json)> events)
    {
        var done = await Task.WhenAll(events.Select(async payload =>
        {
            try
            {
                return (await handler.InvokeAsync(payload.Function, payload.Json, Token)).Succeeded;
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException)
            {
                return false;
            }
        }));
        return [.. events.Zip(done).Where(run => !run.Second).Select(run => run.First)];
    }

    /// <summary>Every document, the version that serves, and that each version was decided on and took over once at most.</summary>
    private static async Task<string> SnapshotAsync(FolderBlobStore store)
    {
        var text = new StringBuilder();
        await foreach (var entry in store.ListAsync(Containers.Documents, "", Token))
        {
            text.Append(entry.Name).AppendLine(Encoding.UTF8.GetString((await store.ReadAsync(entry.Name, Token))!.Value.Bytes));
        }

        var table = await new RoutingStore(store).ReadAsync(Token);
        Assert.Equal(Runs, table.History.Select(change => change.Version).Distinct().Count());
        Assert.Distinct(table.History.Where(change => change.Change == RoutingChangeKind.Promoted).Select(change => change.Version));
        return text.AppendLine(table.Stable).ToString();
    }
}
