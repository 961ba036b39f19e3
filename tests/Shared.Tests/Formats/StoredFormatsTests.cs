using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Backups;
using Pipeline.Collecting;
using Pipeline.Corpus;
using Pipeline.Costs;
using Pipeline.Feedback;
using Pipeline.GitHub;
using Pipeline.Posts;
using Pipeline.Privacy;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Formats;

/// <summary>Everything that this library stores as JSON: the first version of each form, written by hand, is still read, and a newer one is refused.</summary>
public sealed class StoredFormatsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Each kind: its name, its first version, how it is read, and what must come out of it.</summary>
    private Dictionary<string, (string First, Func<byte[], Task<object?>> Read, object Expected)> Kinds => new()
    {
        ["document"] = (
            """{"path":"_posts/2024-05-01-soup.md","hash":"ab","date":"2024-05-01T10:00:00+02:00","title":"Soup","categories":["kitchen"],"tags":["hot"],"language":"en","text":"A pot.","words":2,"warnings":[],"skipped":null,"format":1}""",
            bytes => Done(PostDocument.FromJson(bytes).Tags[0]),
            "hot"),
        ["corpus report"] = (
            """{"id":"0123456789abcdef","posts":3,"trainPosts":2,"validationPosts":1,"words":90,"characters":400,"years":{"2024":3},"tags":{"hot":1},"skipped":[{"path":"a","reason":"a draft"}],"format":1}""",
            bytes => Done(CorpusReport.FromJson(bytes).Skipped[0].Reason),
            "a draft"),
        ["manifest"] = (
            """{"version":"v1","corpusId":"c","run":"r","baseModel":null,"created":"2026-01-01T00:00:00+00:00","seed":7,"shape":{"layers":2,"heads":2,"width":8,"context":32,"vocabulary":300},"tokenizer":"t","settings":{"preset":"tiny"},"metrics":{"perplexity":20.5},"servingFile":null,"files":{},"format":1}""",
            bytes => Done(ModelManifest.FromJson(bytes).Metrics.Perplexity),
            20.5),
        ["routing"] = (
            """{"stable":"v1","candidate":null,"weights":{"v1":100},"pinned":null,"lastGood":null,"history":[{"time":"2026-01-01T00:00:00+00:00","change":"promoted","version":"v1","reason":"It is the first version."}],"format":1}""",
            bytes => Done(RoutingTable.FromJson(bytes).History[0].Version),
            "v1"),
        ["feedback"] = (
            """{"id":"abc","reward":0.5,"time":"2026-01-01T00:00:00+00:00","version":"v1","source":"api","format":1}""",
            bytes => Done(FeedbackEntry.FromJson(bytes).Reward),
            0.5),
        // The first records and import states named no format.
        ["post record"] = (
            """{"card":{"day":"2026-05-01","provenance":{"model":"v1","corpus":"c","seed":1,"sampler":"greedy"},"candidates":[{"title":"Soup","body":"A pot.","seed":4}],"chosen":1,"seconds":2.5},"created":"2026-05-01T06:00:00+00:00","done":true}""",
            async bytes =>
            {
                var store = new FolderBlobStore(folder.Sub("records"), TimeProvider.System);
                await store.WriteAsync(PostRecords.BlobOf(new DateOnly(2026, 5, 1)), bytes, BlobCondition.None, Token);
                return (await new PostRecords(store).ReadAsync(new DateOnly(2026, 5, 1), Token))!.Value.Record.Chosen.Title;
            },
            "Soup"),
        ["import state"] = (
            """{"repository":"ann/blog","branch":"main","commit":"abc","posts":3,"problems":[],"read":"2026-01-01T00:00:00+00:00"}""",
            async bytes =>
            {
                var store = new FolderBlobStore(folder.Sub("sync"), TimeProvider.System);
                await store.WriteAsync(SyncState.Blob, bytes, BlobCondition.None, Token);
                return (await SyncState.ReadAsync(store, Token))!.Commit;
            },
            "abc"),
        ["metadata of a folder store"] = (
            """{"name":"posts/a","versions":{"e1":{"traceparent":"00-a"}}}""",
            async bytes =>
            {
                await File.WriteAllBytesAsync(folder.Sub("metadata.json"), bytes, Token);
                return FolderMetadata.Read(folder.Sub("metadata.json"))!.Versions["e1"]["traceparent"];
            },
            "00-a"),
        ["collected posts"] = (
            """{"format":1,"posts":{"rss:1":{"path":"a.md","hash":"h","text":"t"}}}""",
            async bytes =>
            {
                await File.WriteAllBytesAsync(folder.Sub(CollectState.FileName), bytes, Token);
                return (await CollectState.ReadAsync(folder.FullName, Token)).Posts["rss:1"].Path;
            },
            "a.md"),
        ["forgotten posts"] = (
            """{"posts":[{"post":"ab","time":"2026-01-01T00:00:00+00:00"}],"format":1}""",
            async bytes =>
            {
                var store = new FolderBlobStore(folder.Sub("forgotten"), TimeProvider.System);
                await store.WriteAsync(ForgottenPosts.Blob, bytes, BlobCondition.None, Token);
                return (await new ForgottenPosts(store, TimeProvider.System).ReadAsync(Token))[0].Post;
            },
            "ab"),
        ["seconds of samples"] = (
            """{"seconds":12.5,"format":1}""",
            bytes => Done(SampleSeconds.Parse(bytes, new BlobName(Containers.Registry, "spending/2026-01.json")).Seconds),
            12.5),
        ["cost of a run"] = (
            """{"run":"r","version":"r","status":"finished","seconds":3600,"updated":"2026-05-01T00:00:00+00:00"}""",
            async bytes =>
            {
                var store = new FolderBlobStore(folder.Sub("costs"), TimeProvider.System);
                await store.WriteAsync(new(Containers.Runs, "r/state.json"), bytes, BlobCondition.None, Token);
                using var cap = new MonthlyCap(store, new(store, TimeProvider.System), new(1, 1, "USD"), null, new May());
                File.SetLastWriteTimeUtc(folder.Sub("costs", "runs", "r", "state.json"), new DateTime(2026, 5, 2, 0, 0, 0, DateTimeKind.Utc));
                return (await cap.ReadAsync(Token)).TrainingSeconds;
            },
            3600.0),
        ["backup"] = (
            """{"created":"2026-01-01T00:00:00+00:00","entries":[{"place":"store","name":"posts/a","sha256":"0000000000000000000000000000000000000000000000000000000000000000","length":3}],"format":1}""",
            bytes => Done(BackupIndex.FromJson(bytes, "The backup").Length),
            3L),
    };

    public static TheoryData<string> Names => [.. new StoredFormatsTests().Kinds.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_first_version_is_still_read(string kind)
    {
        var (first, read, expected) = Kinds[kind];
        Assert.Equal(expected, await read(Encoding.UTF8.GetBytes(first)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_newer_version_is_refused_and_the_message_says_what_to_do(string kind)
    {
        var (first, read, _) = Kinds[kind];
        var newer = JsonNode.Parse(first)!;
        newer["format"] = 99;
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => read(Encoding.UTF8.GetBytes(newer.ToJsonString())));
        Assert.Contains("format 99", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Update Pipeline", failure.Message, StringComparison.Ordinal);
    }

    private static Task<object?> Done(object? value) => Task.FromResult(value);

    private sealed class May : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 5, 17, 0, 0, 0, TimeSpan.Zero);
    }
}
