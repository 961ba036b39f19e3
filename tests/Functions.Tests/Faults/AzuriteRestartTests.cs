using System.Text;
using Pipeline.Functions.Tests.Hosting.Protocol;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Faults;

/// <summary>The storage account goes away in the middle of a step and comes back: redelivered, everything is as if it had stayed.</summary>
public sealed class AzuriteRestartTests(PublishedApp app) : IDisposable
{
    private const int Posts = 30;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Conversion_and_decision_survive_a_storage_account_that_is_killed_in_their_middle()
    {
        var azurite = await Azurite.StartAsync(folder.Sub("azurite"), port: 0, Token);
        try
        {
            var port = azurite.Port;
            var store = BlobStores.Open(azurite.ConnectionString);
            var functions = await app.FunctionsAsync(Token);
            var (convert, decide) = (functions.Single(function => function.Name == "ConvertPost"), functions.Single(function => function.Name == "DecideDeployment"));
            var payloads = new List<(string Function, string Json)>();
            for (var number = 1; number <= Posts; number++)
            {
                var name = $"_posts/2026-01-01-post-{number}.md";
                var post = Encoding.UTF8.GetBytes($"---\ntitle: Post {number}\n---\n{TestModels.Text(number)}\n");
                await store.WriteAsync(new(Containers.Posts, name), post, BlobCondition.None, Token);
                payloads.Add(("ConvertPost", Payloads.Blob(convert, name, post, wrapped: true).ToJsonString()));
            }

            var manifest = await TestModels.PublishAsync(store, TestModels.Manifest("v1"), Token);
            payloads.Add(("DecideDeployment", Payloads.Blob(decide, "v1", manifest.ToJson(), wrapped: true).ToJsonString()));

            var settings = PublishedApp.Settings(folder.Sub("unused"));
            settings["PIPELINE_STORE"] = azurite.ConnectionString;
            // The client gives up within the run's deadline, and the run fails instead of hanging.
            settings["AzureFunctionsJobHost__functionTimeout"] = "00:00:20";
            using var handler = await HandlerProcess.StartAsync(app, settings, Token);
            var runs = payloads.Select(payload => handler.InvokeAsync(payload.Function, payload.Json, Token)).ToArray();
            await Task.WhenAny(runs);
            await azurite.InterruptAsync(Token);
            var failed = payloads.Zip(await Task.WhenAll(runs)).Where(run => !run.Second.Succeeded).Select(run => run.First).ToList();

            azurite = await Azurite.StartAsync(folder.Sub("azurite"), port, Token);
            foreach (var (function, json) in failed)
            {
                (await handler.InvokeAsync(function, json, Token)).Outputs();
            }

            var documents = await new DocumentStore(store).ReadAllAsync(Token).ToListAsync(Token);
            Assert.Equal(
                Enumerable.Range(1, Posts).Select(number => $"Post {number}").Order(StringComparer.Ordinal),
                documents.Select(document => document.Title).Order(StringComparer.Ordinal));
            var table = await new RoutingStore(store).ReadAsync(Token);
            Assert.Equal("v1", table.Stable);
            Assert.Single(table.History);
        }
        finally
        {
            await azurite.DisposeAsync();
        }
    }
}
