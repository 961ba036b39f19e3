using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Collecting;
using Pipeline.Posts;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class FeedDownloadTests : IAsyncLifetime
{
    private readonly TemporaryFolder _temporary = new();
    private readonly X509Certificate2 _certificate = SelfSigned();
    private WebApplication? _server;

    private Uri Address(string path) => new(_server!.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + path);

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        _server = builder.Build();
        _server.MapGet("/feed.xml", () => Results.Text("<rss/>"));
        _server.MapGet("/moved.xml", () => Results.Redirect("/feed.xml"));
        _server.MapGet("/busy.xml", () => Results.StatusCode(503));
        _server.MapGet("/broken.xml", async (HttpContext context) =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("<rss>");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _certificate.Dispose();
        _temporary.Dispose();
    }

    [Theory]
    [InlineData("/feed.xml")]
    [InlineData("/moved.xml")]
    public async Task A_feed_comes_over_https(string path)
    {
        await DownloadAsync(Address(path));

        Assert.Equal("<rss/>", await File.ReadAllTextAsync(_temporary.Sub("feed"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => new FeedDownload(client).ToFileAsync(Address("/feed.xml"), _temporary.Sub("feed"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Failures_say_whether_the_address_or_the_server_is_at_fault()
    {
        Assert.Contains("404: correct the address", (await Assert.ThrowsAsync<BlogException>(() => DownloadAsync(Address("/none.xml")))).Message, StringComparison.Ordinal);
        Assert.Contains("503: try again later", (await Assert.ThrowsAsync<HttpRequestException>(() => DownloadAsync(Address("/busy.xml")))).Message, StringComparison.Ordinal);
        Assert.Contains("no https address", (await Assert.ThrowsAsync<BlogException>(() => DownloadAsync(new("http://feeds.example/feed.xml")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_that_breaks_off_fails() =>
        Assert.True(await Record.ExceptionAsync(() => DownloadAsync(Address("/broken.xml"))) is HttpRequestException or IOException);

    private async Task DownloadAsync(Uri address)
    {
        // Trusts this test's certificate and no other.
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == _certificate.GetCertHashString() },
        };
        using var client = new HttpClient(handler);
        await new FeedDownload(client).ToFileAsync(address, _temporary.Sub("feed"), TestContext.Current.CancellationToken);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
