using System.Diagnostics;
using System.Globalization;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Storage;

/// <summary>
/// A writer to a folder store, as a test of its own and as a second process: the test program started with this test alone and
/// a variable in its environment that names the store.
/// </summary>
public sealed class StoreHelper
{
    public const int BlockLength = 300_000;

    private const string Variable = "PIPELINE_TEST_STORE_HELPER";
    private const string Container = "shared";

    internal static BlobName CounterName { get; } = new(Container, "counter");

    internal static BlobName BlockName { get; } = new(Container, "block");

    [Fact]
    public async Task Each_round_raises_the_counter_and_writes_a_block()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ', 2) is [var times, var root])
        {
            await WriteAsync(new FolderBlobStore(root, TimeProvider.System), int.Parse(times, CultureInfo.InvariantCulture));
            return;
        }

        using var folder = new TemporaryFolder();
        var store = new FolderBlobStore(folder.FullName, TimeProvider.System);
        await WriteAsync(store, 3);
        Assert.Equal(3, await Counter.ReadAsync(store, CounterName, TestContext.Current.CancellationToken));
        Assert.Equal("2", (await store.FindAsync(BlockName, TestContext.Current.CancellationToken))!.Metadata["round"]);
    }

    /// <summary>Starts a process that does so many rounds.</summary>
    internal static Process Start(string root, int times)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Pipeline.Shared.Tests"))
        {
            ArgumentList = { "-method", $"{typeof(StoreHelper).FullName}.{nameof(Each_round_raises_the_counter_and_writes_a_block)}" },
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = string.Create(CultureInfo.InvariantCulture, $"{times} {root}");
        return Process.Start(start)!;
    }

    private static async Task WriteAsync(FolderBlobStore store, int times)
    {
        for (var round = 0; round < times; round++)
        {
            await Counter.IncrementAsync(store, CounterName, TestContext.Current.CancellationToken);
            var bytes = new byte[BlockLength];
            Array.Fill(bytes, (byte)round);
            using var content = new MemoryStream(bytes);
            var metadata = new Dictionary<string, string> { ["round"] = ((byte)round).ToString(CultureInfo.InvariantCulture) };
            await store.WriteAsync(BlockName, content, BlobCondition.None, metadata, TestContext.Current.CancellationToken);
        }
    }
}
