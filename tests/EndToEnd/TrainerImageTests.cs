using Pipeline.Posts;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>The trainer job as it runs in Azure: in a container, as nobody in particular.</summary>
public sealed class TrainerImageTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_image_trains_on_a_mounted_store_without_rights_and_once()
    {
        using var store = new TemporaryFolder();
        await WritePostsAsync(store.FullName);
        await MakeWritableAsync(store.FullName);
        await using var image = await TrainerImage.BuildAsync(Stop);

        var help = await image.RunAsync(store.FullName, Nothing, ["--help"], Stop);
        Assert.True(help.ExitCode == 0, help.ToString());
        Assert.Contains("train", help.Output, StringComparison.Ordinal);

        // It runs as a user with a number and no name, and may write to its work folders alone.
        Assert.Equal("1654:1654", image.User);
        Assert.Equal("1654", (await image.RunProgramAsync(store.FullName, Nothing, ["id", "-u"], Stop)).Output.Trim());
        var writable = await image.RunProgramAsync(
            store.FullName,
            Nothing,
            ["find", "/", "(", "-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/dev", "-o", "-path", "/store", ")", "-prune", "-o", "-not", "-type", "l", "-writable", "-print", "-prune"],
            Stop);
        Assert.Subset(new HashSet<string> { "/work", "/tmp", "/var/tmp", "/run/lock" }, writable.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet());

        var settings = new Dictionary<string, string> { ["PIPELINE_STORE"] = "/store", ["PIPELINE_PRESET"] = "tiny", ["PIPELINE_STEPS"] = "8" };
        var trained = await image.RunAsync(store.FullName, settings, ["train"], Stop);
        Assert.True(trained.ExitCode == 0, trained.ToString());
        var version = trained.Output.Trim();
        Assert.True(File.Exists(store.Sub("models", version, "manifest.json")), trained.ToString());
        Assert.DoesNotContain("denied", trained.Error, StringComparison.OrdinalIgnoreCase);

        // Started twice, it finds the model and does nothing.
        var again = await image.RunAsync(store.FullName, settings, ["train"], Stop);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Equal(version, again.Output.Trim());
        Assert.Contains("is there already", again.Error, StringComparison.Ordinal);

        // The whole of its file system read-only but for its work folders, it trains the same.
        using var second = new TemporaryFolder();
        await WritePostsAsync(second.FullName);
        await MakeWritableAsync(second.FullName);
        var frozen = await image.RunReadOnlyAsync(second.FullName, settings, ["train"], Stop);
        Assert.True(frozen.ExitCode == 0, frozen.ToString());
        Assert.Equal(version, frozen.Output.Trim());
        var written = await image.RunReadOnlyAsync(second.FullName, Nothing, [], Stop, ["sh", "-c", "touch /app/x || touch /etc/x || touch /usr/x || touch /work/x"]);
        Assert.True(written.ExitCode == 0, written.ToString());
        Assert.Equal(3, written.Error.Split('\n').Count(line => line.Contains("Read-only file system", StringComparison.Ordinal) || line.Contains("Permission denied", StringComparison.Ordinal)));

        var bad = await image.RunAsync(store.FullName, new Dictionary<string, string> { ["PIPELINE_PRESET"] = "enormous" }, ["train"], Stop);
        Assert.True(bad.ExitCode == 2, bad.ToString());
    }

    private static async Task WritePostsAsync(string folder)
    {
        string[] subjects = ["bread", "rain", "bicycles", "maps", "soup", "lamps", "rivers", "chairs", "clocks", "apples", "paper", "boats"];
        var documents = new DocumentStore(BlobStores.Open(folder));
        foreach (var (subject, day) in subjects.Select((subject, i) => (subject, i + 1)))
        {
            var text = string.Join(' ', Enumerable.Range(0, 40).Select(i => $"Sentence {i} tells of {subject} and of what {subjects[(i + day) % subjects.Length]} have to do with it."));
            await documents.WriteAsync(
                new PostDocument
                {
                    Path = $"_posts/2026-03-{day:00}-{subject}.md",
                    Hash = new string((char)('a' + (day % 6)), 64),
                    Date = new DateTimeOffset(2026, 3, day, 8, 0, 0, TimeSpan.Zero),
                    Title = $"About {subject}",
                    Language = "en",
                    Text = text,
                    Words = text.Split(' ').Length,
                },
                Stop);
        }
    }

    // In Azure a role gives the right to write; here it is the folder's mode.
    private static async Task MakeWritableAsync(string folder)
    {
        var result = await Programs.RunAsync("chmod", ["-R", "a+rwX", folder], Stop);
        Assert.True(result.ExitCode == 0, result.ToString());
    }
}
