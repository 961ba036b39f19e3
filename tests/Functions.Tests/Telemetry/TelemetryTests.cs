using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Functions.Tests.Hosting.Protocol;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Telemetry;

/// <summary>What the published app sends to a collector.</summary>
public sealed class TelemetryTests(PublishedApp app) : IDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string TraceParent = $"00-{Trace}-00f067aa0ba902b7-01";

    private const string Key = "REDACT-ME-0123456789";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_blobs_trace_goes_on_in_what_it_triggers_and_in_what_that_writes()
    {
        await using var collector = await OtlpReceiver.StartAsync(Token);
        var settings = PublishedApp.Settings(folder.Sub("store"));
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;
        settings["OTEL_SERVICE_NAME"] = "my-blog";
        settings["PIPELINE_QUIET_MINUTES"] = "0";
        settings["PIPELINE_TRAINER_JOB"] = WriteJob();
        var store = new FolderBlobStore(folder.Sub("store"), TimeProvider.System);
        var functions = await app.FunctionsAsync(Token);
        using (var handler = await HandlerProcess.StartAsync(app, settings, Token))
        {
            var post = Encoding.UTF8.GetBytes("---\ntitle: Soup\n---\nA pot on the stove.\n");
            const string Name = "_posts/2026-01-02-soup.md";
            await store.WriteAsync(new(Containers.Posts, Name), post, BlobCondition.None, Token);
            await InvokeAsync(handler, Payloads.Blob(functions.Single(function => function.Name == "ConvertPost"), Name, post, wrapped: true), "ConvertPost", TraceParent);
            var document = await store.FindAsync(DocumentStore.BlobOf(Name), Token);
            Assert.Contains(Trace, document!.Metadata["traceparent"], StringComparison.Ordinal);

            await InvokeAsync(handler, Payloads.Timer(functions.Single(function => function.Name == "StartTraining"), wrapped: true), "StartTraining", trace: null);
            while (!File.Exists(folder.Sub("told")))
            {
                await Task.Delay(10, Token);
            }

            // The job was told its trace; what it publishes carries it, as here.
            var told = (await File.ReadAllTextAsync(folder.Sub("told"), Token)).Trim();
            Assert.Contains(Trace, told, StringComparison.Ordinal);
            var manifest = await TestModels.PublishAsync(store, TestModels.Manifest("v1"), Token);
            await InvokeAsync(
                handler, Payloads.Blob(functions.Single(function => function.Name == "DecideDeployment"), "v1", manifest.ToJson(), wrapped: true), "DecideDeployment", told);
            var routing = await store.FindAsync(RoutingStore.Blob, Token);
            Assert.Contains(Trace, routing!.Metadata["traceparent"], StringComparison.Ordinal);

            // A caller's key is in the address and in a header, and the failure quotes what it was sent.
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/sample?code={Key}&length=0") { Headers = { { "x-functions-key", Key }, { "User-Agent", "curl/8" } } };
            using var answer = await handler.Http.SendAsync(request, Token);
            await handler.InvokeAsync("ConvertPost", $$$"""{"Data":{"post":"code={{{Key}}}"},"Metadata":{"name":"code={{{Key}}}"}}""", Token);
            Assert.Equal("", (await handler.StopAsync(Token)).Error);
        }

        var own = collector.Spans.Where(span => span.Trace == Trace).ToList();
        Assert.Superset(new HashSet<string> { "ConvertPost", "StartTraining run", "DecideDeployment" }, own.Select(span => span.Name).ToHashSet());
        Assert.All(collector.Spans, span => Assert.Equal("my-blog", span.Service));
        Assert.Contains(("my-blog", "pipeline.function.duration"), collector.Metrics);
        Assert.Contains("Sample", collector.Spans.Select(span => span.Name));
        Assert.DoesNotContain(Key, collector.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_collector_no_blob_carries_a_trace()
    {
        var settings = PublishedApp.Settings(folder.Sub("store"));
        var store = new FolderBlobStore(folder.Sub("store"), TimeProvider.System);
        using var handler = await HandlerProcess.StartAsync(app, settings, Token);
        const string Name = "_posts/2026-01-02-soup.md";
        await store.WriteAsync(new(Containers.Posts, Name), "Soup"u8.ToArray(), BlobCondition.None, Token);
        var convert = (await app.FunctionsAsync(Token)).Single(function => function.Name == "ConvertPost");
        await InvokeAsync(handler, Payloads.Blob(convert, Name, [], wrapped: true), "ConvertPost", TraceParent);
        Assert.Empty((await store.FindAsync(DocumentStore.BlobOf(Name), Token))!.Metadata);
    }

    private static async Task InvokeAsync(HandlerProcess handler, JsonObject payload, string function, string? trace)
    {
        if (trace is not null)
        {
            payload["Metadata"]!["Metadata"] = new JsonObject { ["traceparent"] = trace };
        }

        (await handler.InvokeAsync(function, payload.ToJsonString(), Token)).Outputs();
    }

    // Stands in for the job: writes down what it was told, and ends.
    private string WriteJob()
    {
        var path = folder.Sub("job.sh");
        File.WriteAllText(path, $"#!/bin/sh\nprintf '%s' \"$TRACEPARENT\" > '{folder.Sub("told.new")}'\nmv '{folder.Sub("told.new")}' '{folder.Sub("told")}'\nexit 1\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return path;
    }
}
