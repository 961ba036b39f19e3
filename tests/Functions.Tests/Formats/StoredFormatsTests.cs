using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Functions.Local;
using Pipeline.Functions.StartTraining;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Formats;

/// <summary>What the functions store as JSON: the first version of each form, written by hand, is still read, and a newer one is refused.</summary>
public sealed class StoredFormatsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_lease_of_the_first_version_holds_and_a_newer_one_is_refused()
    {
        const string First = """{"run":"r1","holder":{"machine":"elsewhere","process":1,"started":"2026-01-01T00:00:00Z"},"started":"2026-01-01T00:00:00+00:00","until":"2999-01-01T00:00:00+00:00"}""";
        var store = new FolderBlobStore(folder.FullName, TimeProvider.System);
        var lease = new TrainingLease(store, TimeProvider.System);
        await store.WriteAsync(TrainingLease.Blob, Encoding.UTF8.GetBytes(First), BlobCondition.None, Token);
        Assert.Equal("r1", (await lease.TakeAsync("r2", null, Token))!.Run);
        await store.WriteAsync(TrainingLease.Blob, Newer(First), BlobCondition.None, Token);
        Refused(await Assert.ThrowsAsync<FormatException>(() => lease.TakeAsync("r2", null, Token)));
    }

    [Fact]
    public async Task Receipts_of_the_first_version_count_and_newer_ones_are_refused()
    {
        const string First = """{"stamp":"s","receipts":{"a":{"eTag":"1"}}}""";
        await File.WriteAllTextAsync(folder.Sub("receipts.json"), First, Token);
        Assert.True(new ReceiptBook(folder.Sub("receipts.json"), "s").Has("a", "1"));
        await File.WriteAllBytesAsync(folder.Sub("receipts.json"), Newer(First), Token);
        Refused(Assert.Throws<FormatException>(() => new ReceiptBook(folder.Sub("receipts.json"), "s")));
    }

    [Fact]
    public async Task A_corpus_look_of_another_version_is_made_anew()
    {
        await using var app = await TestApp.StartAsync(folder, Token);
        await TestModels.WritePostsAsync(app.Store, 3, Token);
        var watch = app.Get<CorpusWatch>();
        await app.Store.WriteAsync(CorpusWatch.Blob, """{"fingerprint":"x","id":"y","posts":{},"format":99}"""u8.ToArray(), BlobCondition.None, Token);
        Assert.IsType<CorpusState.Changed>(await watch.LookAsync(Token));
        Assert.Equal(1, watch.Built);
    }

    private static byte[] Newer(string json)
    {
        var newer = JsonNode.Parse(json)!;
        newer["format"] = 99;
        return Encoding.UTF8.GetBytes(newer.ToJsonString());
    }

    private static void Refused(Exception failure) => Assert.Contains("has format 99; this version reads up to 1. Update Pipeline.", failure.Message, StringComparison.Ordinal);
}
