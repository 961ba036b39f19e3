using Pipeline.Functions.Hosting;
using Pipeline.Functions.Tests.Hosting.Protocol;
using Pipeline.Testing;

[assembly: AssemblyFixture(typeof(PublishedApp))]

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>The app as <c>dotnet publish</c> makes it: what is deployed to Azure. Published once, when the first test asks.</summary>
public sealed class PublishedApp : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SemaphoreSlim gate = new(1, 1);
    private string? root;

    /// <summary>The settings that every deployment has, on a folder store.</summary>
    public static Dictionary<string, string?> Settings(string store, string? blog = null) => new()
    {
        ["PIPELINE_BLOG_REPOSITORY"] = blog,
        ["PIPELINE_STORE"] = store,
        ["PIPELINE_MODEL_CACHE"] = store + "-models",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
        ["ASPNETCORE_URLS"] = null,
    };

    /// <summary>The folder with host.json.</summary>
    public async Task<string> RootAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return root ??= await PublishAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The functions that were published.</summary>
    internal async Task<IReadOnlyList<FunctionDefinition>> FunctionsAsync(CancellationToken cancellationToken) => FunctionDefinition.ReadAll(await RootAsync(cancellationToken));

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        var output = folder.Sub("app");
        // The configuration of this very test run, so that what is built already is used.
        var configuration = AppContext.BaseDirectory.Contains("/release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
        await Programs.PublishAsync([Path.Combine(ProjectFolders.Root, "functions"), "-c", configuration], output, cancellationToken);
        return output;
    }
}
