using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Storage;

/// <summary>A model goes up in blocks and comes back in pieces: it needs no memory of its own size. <c>PIPELINE_UPLOAD_MB</c> says how large it is.</summary>
public sealed class LargeUploadTests
{
    private const string Megabytes = "PIPELINE_UPLOAD_MB";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ModelManifest Manifest => new()
    {
        Version = "v1",
        CorpusId = "00112233aabbccdd",
        Run = "run",
        Created = DateTimeOffset.UnixEpoch,
        Shape = new ModelShape(1, 1, 8, 8, 257),
        Tokenizer = new string('a', 64),
    };

    private static string Length => Environment.GetEnvironmentVariable(Megabytes) ?? "256";

    [Theory]
    [InlineData(nameof(Every_byte_of_a_large_model_arrives_in_blocks))]
    [InlineData(nameof(Every_byte_of_a_large_model_comes_back_from_a_storage_account))]
    public async Task A_model_several_times_as_large_as_the_whole_heap_may_be_goes_up_and_comes_back(string test)
    {
        // The tests below once more, in a process whose heap the runtime keeps below 64 MB: an allocation beyond that ends it.
        var result = await Programs.RunAsync(
            Environment.ProcessPath!,
            [.. Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(LargeUploadTests).Assembly.Location] : (string[])[], "-method", $"*.{nameof(LargeUploadTests)}.{test}"],
            new Dictionary<string, string?> { ["DOTNET_GCHeapHardLimit"] = "0x4000000", [Megabytes] = Length },
            Token);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("Total: 1, Errors: 0, Failed: 0", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_byte_of_a_large_model_arrives_in_blocks()
    {
        using var folder = new TemporaryFolder();
        var length = long.Parse(Length, CultureInfo.InvariantCulture) << 20;
        // Takes no room on the disk either.
        await using (var file = File.Create(folder.Sub("model.safetensors")))
        {
            file.SetLength(length);
        }

        await using var account = await Sink.StartAsync(Token);
        await new ModelStore(BlobStores.Open(account.ConnectionString)).PublishAsync(
            folder.FullName,
            Manifest,
            Token);

        Assert.Equal(length, account.Blobs["/acct/models/v1/model.safetensors"]);
        Assert.InRange(account.LargestBlock, 1, 8 << 20);
        Assert.Contains("/acct/models/v1/manifest.json", account.Blobs.Keys);
    }

    [Fact]
    public async Task Every_byte_of_a_large_model_comes_back_from_a_storage_account()
    {
        using var folder = new TemporaryFolder();
        var length = long.Parse(Length, CultureInfo.InvariantCulture) << 20;
        Directory.CreateDirectory(folder.Sub("made"));
        await using (var file = File.Create(folder.Sub("made", "model.safetensors")))
        {
            // No megabyte is like another.
            var megabyte = new byte[1 << 20];
            for (var number = 0; number < length >> 20; number++)
            {
                new Random(number).NextBytes(megabyte);
                await file.WriteAsync(megabyte, Token);
            }
        }

        await using var azurite = await Azurite.StartAsync(folder.Sub("azurite"), port: 0, Token);
        var store = BlobStores.Open(azurite.ConnectionString);
        var manifest = await new ModelStore(store).PublishAsync(folder.Sub("made"), Manifest, Token);
        Directory.Delete(folder.Sub("made"), recursive: true);
        using var cache = new ModelCache(store, folder.Sub("cache"));
        var model = await cache.GetAsync("v1", Token);

        await using var back = File.OpenRead(Path.Combine(model, "model.safetensors"));
        Assert.Equal(length, back.Length);
        Assert.Equal(manifest.Files["model.safetensors"].Sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(back, Token)));
    }

    /// <summary>A storage account that counts what comes and keeps nothing.</summary>
    private sealed class Sink : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly ConcurrentDictionary<string, long> pending = new(StringComparer.Ordinal);

        private Sink(WebApplication app) => this.app = app;

        public ConcurrentDictionary<string, long> Blobs { get; } = new(StringComparer.Ordinal);

        public long LargestBlock { get; private set; }

        public string ConnectionString =>
            $"DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={Convert.ToBase64String(new byte[64])};BlobEndpoint={app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()}/acct;";

        public static async Task<Sink> StartAsync(CancellationToken cancellationToken)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0);
                kestrel.Limits.MaxRequestBodySize = null;
            });
            var sink = new Sink(builder.Build());
            sink.app.Run(sink.AnswerAsync);
            await sink.app.StartAsync(cancellationToken);
            return sink;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task AnswerAsync(HttpContext context)
        {
            var (request, response) = (context.Request, context.Response);
            if (!HttpMethods.IsPut(request.Method))
            {
                response.StatusCode = StatusCodes.Status404NotFound;
                response.Headers["x-ms-error-code"] = "BlobNotFound";
                return;
            }

            var came = 0L;
            var buffer = new byte[64 * 1024];
            for (int read; (read = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0; came += read)
            {
            }

            lock (pending)
            {
                switch (request.Query["comp"].ToString())
                {
                    case "block":
                        LargestBlock = Math.Max(LargestBlock, came);
                        pending.AddOrUpdate(request.Path, came, (_, before) => before + came);
                        break;
                    case "blocklist":
                        pending.TryRemove(request.Path, out var length);
                        Blobs[request.Path] = length;
                        break;
                    default:
                        Blobs[request.Path] = came;
                        break;
                }
            }

            response.StatusCode = StatusCodes.Status201Created;
            response.Headers.ETag = "\"0x1\"";
            response.Headers.LastModified = DateTimeOffset.UnixEpoch.ToString("R", CultureInfo.InvariantCulture);
        }
    }
}
