using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Local;

public sealed class BlobTriggerScannerTests : IDisposable
{
    private static readonly FunctionDefinition Function = new("Convert", new() { Type = "blobTrigger", Name = "blob", Path = "posts/{name}" });

    private readonly TemporaryFolder folder = new();
    private readonly FakeHandler handler = new();
    private readonly FolderBlobStore store;

    public BlobTriggerScannerTests() => store = new(folder.Sub("store"), TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEnumerable<string> Names => handler.Posts.Select(post => post.Payload.GetProperty("Metadata").GetProperty("name").GetString()!);

    public void Dispose()
    {
        handler.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Each_version_of_a_blob_is_handled_once_over_restarts_too()
    {
        await WriteAsync("a b/ü.md", "one");
        await WriteAsync("c.md", "two");
        Assert.Equal((2, 0), await Scanner().ScanAsync(null, Token));
        Assert.Equal((0, 0), await Scanner().ScanAsync(null, Token));
        await WriteAsync("c.md", "three");
        Assert.Equal((1, 0), await Scanner().ScanAsync(null, Token));
        Assert.Equal(["\"a b/ü.md\"", "\"c.md\"", "\"c.md\""], Names.Select(name => System.Text.RegularExpressions.Regex.Unescape(name)).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["one", "three", "two"],
            handler.Posts.Select(post => Encoding.UTF8.GetString(post.Payload.GetProperty("Data").GetProperty("blob").GetBytesFromBase64())).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_blob_that_fails_is_tried_five_times_and_then_set_aside_until_it_changes()
    {
        await WriteAsync("bad.md", "one");
        handler.Fail("too odd");
        var scanner = Scanner();
        Assert.Equal((1, 1), await scanner.ScanAsync(null, Token));
        Assert.Equal(5, handler.Posts.Count);
        Assert.Equal([("bad.md", "too odd")], scanner.Poisoned);
        Assert.Equal((0, 0), await Scanner().ScanAsync(null, Token));
        Assert.Equal([("bad.md", "too odd")], Scanner().Poisoned);

        handler.Answer = (_, _) => Task.FromResult((HttpStatusCode.OK, "{}"));
        await WriteAsync("bad.md", "mended");
        Assert.Equal((1, 0), await Scanner().ScanAsync(null, Token));
        Assert.Empty(Scanner().Poisoned);
    }

    [Fact]
    public async Task A_blob_that_fails_keeps_no_other_from_being_handled()
    {
        for (var number = 0; number < 20; number++)
        {
            await WriteAsync($"{number}.md", "text");
        }

        handler.Answer = (_, payload) => Task.FromResult(payload.GetProperty("Metadata").GetProperty("name").GetString() == "\"7.md\""
            ? (HttpStatusCode.InternalServerError, "{}")
            : (HttpStatusCode.OK, "{}"));
        Assert.Equal((20, 1), await Scanner().ScanAsync(null, Token));
        Assert.Equal(20, Names.Distinct().Count());
    }

    [Fact]
    public async Task A_blob_that_is_gone_when_its_turn_comes_is_dropped()
    {
        await WriteAsync("a.md", "one");
        await WriteAsync("b.md", "two");
        await WriteAsync("c.md", "three");
        handler.Answer = async (_, _) =>
        {
            await store.DeleteAsync(new(Containers.Posts, "c.md"), BlobCondition.None, Token);
            return (HttpStatusCode.OK, "{}");
        };
        Assert.Equal(0, (await Scanner().ScanAsync(null, Token)).Failed);
        Assert.DoesNotContain("\"c.md\"", Names);
    }

    [Fact]
    public async Task A_blob_that_changes_while_it_is_handled_is_handled_again()
    {
        await WriteAsync("a.md", "one");
        handler.Answer = async (_, _) =>
        {
            await WriteAsync("a.md", "two");
            return (HttpStatusCode.OK, "{}");
        };
        await Scanner().ScanAsync(null, Token);
        handler.Answer = (_, _) => Task.FromResult((HttpStatusCode.OK, "{}"));
        Assert.Equal((1, 0), await Scanner().ScanAsync(null, Token));
        Assert.Equal("two", Encoding.UTF8.GetString(handler.Posts[^1].Payload.GetProperty("Data").GetProperty("blob").GetBytesFromBase64()));
    }

    [Fact]
    public async Task No_more_run_at_once_than_host_json_allows()
    {
        for (var number = 0; number < 12; number++)
        {
            await WriteAsync($"{number}.md", "text");
        }

        var (inside, most) = (0, 0);
        handler.Answer = async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Delay(5, Token);
            Interlocked.Decrement(ref inside);
            return (HttpStatusCode.OK, "{}");
        };
        await Scanner().ScanAsync(null, Token);
        Assert.InRange(most, 1, 2);
    }

    private BlobTriggerScanner Scanner() => new(
        store,
        new HandlerClient(handler.Client(), TimeProvider.System),
        Function,
        new ReceiptBook(folder.Sub("host", "Convert.receipts.json"), "1"),
        TimeProvider.System,
        NullLogger<BlobTriggerScanner>.Instance);

    private async Task WriteAsync(string name, string text) =>
        await store.WriteAsync(new BlobName(Containers.Posts, name), Encoding.UTF8.GetBytes(text), BlobCondition.None, Token);
}
