using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>A disk that is really full and files that this user really may not read: one clear line each, nothing lost, and the same command goes on.</summary>
public sealed class HostileDiskTests : IDisposable
{
    // Room for the blog's copy but not for its documents; then for the run's start, until something else takes the rest; then enough.
    private const string Script = """
        set -e
        mkdir -p "$2"
        mount -t tmpfs -o size=200k tmpfs "$2"
        run() { set +e; "$1" once --preset tiny --json --work "$2/work" --blog "$3" > "$4/$5.out" 2> "$4/$5.err"; echo $? > "$4/$5.code"; set -e; }
        run "$1" "$2" "$3" "$4" 1
        mount -o remount,size=52m "$2"
        (until grep -q , "$2"/work/store/runs/*/train.log 2> /dev/null; do sleep 0.1; done; cat /dev/zero > "$2/taken" 2> /dev/null || true) &
        run "$1" "$2" "$3" "$4" 2
        wait
        mount -o remount,size=500m "$2"
        run "$1" "$2" "$3" "$4" 3
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_full_disk_stops_the_run_and_loses_nothing()
    {
        var token = TestContext.Current.CancellationToken;
        var results = Directory.CreateDirectory(folder.Sub("results")).FullName;
        // A mount of its own, which goes when the script ends; a user who is not root gets one in a namespace of his own.
        string[] space = Environment.UserName == "root" ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
        var script = await Programs.RunAsync(
            "unshare", [.. space, "sh", "-c", Script, "sh", Programs.Functions, folder.Sub("disk"), Path.Combine(ProjectFolders.Root, "tests", "SampleBlog"), results], token);
        Assert.True(script.ExitCode == 0, $"The test needs unshare (Debian's util-linux) and the right to mount a tmpfs in a namespace. {script}");

        Assert.Equal(1, Code("1"));
        var first = Assert.Single(Lines("1.err"));
        Assert.StartsWith("The disk is full: ", first, StringComparison.Ordinal);
        Assert.Contains("Make room", first, StringComparison.Ordinal);

        Assert.Equal(1, Code("2"));
        var second = string.Join('\n', Lines("2.err"));
        Assert.Contains("No space left on device", second, StringComparison.Ordinal);
        Assert.Contains("the same command goes on", second, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second, StringComparison.Ordinal);

        Assert.Equal(0, Code("3"));
        Assert.Contains("\"documents\":24,\"skipped\":2", Lines("3.out")[^1], StringComparison.Ordinal);

        int Code(string run) => int.Parse(File.ReadAllText(Path.Combine(results, run + ".code")), System.Globalization.CultureInfo.InvariantCulture);

        string[] Lines(string file) => [.. File.ReadAllLines(Path.Combine(results, file)).Where(line => line.Length > 0)];
    }

    [Fact]
    public async Task A_post_that_may_not_be_read_is_named_and_the_rest_is_learned()
    {
        var token = TestContext.Current.CancellationToken;
        var blog = folder.Sub("blog");
        var posts = Directory.CreateDirectory(Path.Combine(blog, "_posts")).FullName;
        for (var day = 1; day <= 3; day++)
        {
            await File.WriteAllTextAsync(Path.Combine(posts, $"2024-03-0{day}-tide.md"), $"---\ntitle: Tide {day}\n---\nThe tide came {day} hours late and brought {day} boots, all of them left.\n", token);
        }

        var closed = Path.Combine(posts, "2024-03-04-closed.md");
        await File.WriteAllTextAsync(closed, "---\ntitle: Closed\n---\nNobody reads this.\n", token);
        await Programs.RunAsync("chmod", ["000", closed], token);

        // Root reads everything; without these two capabilities root is held to the files' modes as anyone is.
        string[] arguments = ["corpus", "--blog", blog, "--out", folder.Sub("corpus")];
        var run = Environment.UserName == "root"
            ? await Programs.RunAsync("setpriv", ["--bounding-set", "-dac_override,-dac_read_search", Programs.Functions, .. arguments], token)
            : await Programs.RunAsync(Programs.Functions, arguments, token);
        Assert.True(run.ExitCode == 0, run.ToString());
        var line = Assert.Single(run.Error.Split('\n'), text => text.Contains("2024-03-04-closed.md", StringComparison.Ordinal));
        Assert.Contains("cannot be read", line, StringComparison.Ordinal);
        Assert.Contains("Allow this user to read it", line, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(folder.Sub("corpus"), "documents"), "*.json", SearchOption.AllDirectories).Length);
    }
}
