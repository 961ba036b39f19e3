using System.Text;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>Blogs that are not as they should be: each gets one clear line that names the file, and the run goes on where it can.</summary>
public sealed class BadBlogTests : IDisposable
{
    private const string Words =
        "The harbour clock ran four minutes slow all winter and nobody minded, because the ferry ran five minutes late. "
        + "In spring a man came to mend it. He oiled the wheels, set the hands, drank two cups of tea and left. "
        + "Since then we miss the ferry every morning, punctually, and the whole village blames the tea. ";

    private readonly TemporaryFolder folder = new();

    private string Blog => folder.Sub("blog");

    private string Work => folder.Sub("work");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_folder_that_does_not_exist_or_is_no_blog_is_refused()
    {
        var token = TestContext.Current.CancellationToken;
        var missing = await OnceRun.FailAsync(Work, 2, token, "--blog", folder.Sub("nowhere"));
        Assert.Contains("nowhere", missing.Error, StringComparison.Ordinal);

        Directory.CreateDirectory(Blog);
        File.WriteAllText(Path.Combine(Blog, "notes.txt"), "no blog");
        var other = await OnceRun.FailAsync(Work, 2, token, "--blog", Blog);
        Assert.Contains("_posts", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_blog_has_nothing_to_learn_from()
    {
        Write("_config.yml", "title: Empty\n");
        Directory.CreateDirectory(Path.Combine(Blog, "_posts"));
        var result = await OnceRun.FailAsync(Work, 2, TestContext.Current.CancellationToken, "--blog", Blog);
        Assert.Contains(Blog, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_post_is_enough()
    {
        Write("_posts/2024-01-02-clock.md", $"---\ntitle: The clock\n---\n{Words}{Words}\n");
        var run = await OnceRun.SucceedAsync(Work, TestContext.Current.CancellationToken, "--blog", Blog, "--seed", "7");
        Assert.Equal(1, run.Documents);
    }

    [Fact]
    public async Task Odd_files_are_named_and_the_rest_is_learned()
    {
        Write("_config.yml", "title: Odd\n");
        for (var day = 1; day <= 26; day++)
        {
            Write($"_posts/2024-01-{day:00}-line.md", $"One line, number {day}.\n");
        }

        Write("_posts/2024-02-01-good.md", $"---\ntitle: Good\n---\n{Words}\n");
        Write("_posts/2024-02-02-unparsable.md", $"---\ntitle: a: b\n---\n{Words}Second.\n");
        Write("_posts/2024-02-03-bomb.md", $"---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n---\n{Words}Third.\n");
        Write("_posts/2024-02-04-deep.md", $"---\ntitle: Deep\n---\n{new string('>', 10_000)} {Words}Fourth.\n");
        Write("_posts/2024-13-45-no-day.md", "No such day.\n");
        Write("_posts/2024-02-05-naïve # name ünd 日本.md", $"---\ntitle: Names\n---\n{Words}Fifth.\n");
        WriteBytes("_posts/2024-02-06-latin.md", [.. Encoding.ASCII.GetBytes("---\ntitle: Latin\n---\n"), .. Encoding.Latin1.GetBytes("Café and naïve. "), .. Encoding.ASCII.GetBytes(Words + "Sixth.\n")]);
        WriteBytes("_posts/2024-02-07-nul.md", [.. Encoding.ASCII.GetBytes("---\ntitle: Nul\n---\n"), 0, 0, 0, .. Encoding.ASCII.GetBytes(Words + "Seventh.\n")]);
        WriteBytes("_posts/2024-02-08-huge.md", new byte[50 * 1024 * 1024]);
        File.WriteAllText(folder.Sub("secret.md"), "---\ntitle: Secret\n---\nOutside the blog.\n");
        File.CreateSymbolicLink(Path.Combine(Blog, "_posts", "2024-02-09-link.md"), folder.Sub("secret.md"));

        var run = await OnceRun.LearnAsync(Work, TestContext.Current.CancellationToken, "--blog", Blog);
        var said = run.Program.Output + run.Program.Error;
        Assert.Contains("2024-13-45-no-day.md", said, StringComparison.Ordinal);
        Assert.Contains("2024-02-08-huge.md", said, StringComparison.Ordinal);
        Assert.Contains("2024-02-09-link.md", said, StringComparison.Ordinal);
        Assert.True(run.Documents >= 27, $"{run.Documents} documents");
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.Combine(Work, "store"), "*", SearchOption.AllDirectories),
            file => Path.GetFileName(file).Contains("link", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_git_it_says_so_before_anything_is_made()
    {
        Write("_posts/2024-01-02-clock.md", $"---\ntitle: The clock\n---\n{Words}\n");
        var result = await Programs.RunAsync(
            Programs.Functions,
            ["once", "--preset", "tiny", "--blog", Blog, "--work", Work],
            new Dictionary<string, string?> { ["PATH"] = folder.FullName, ["DOTNET_ROOT"] = DotnetRoot() },
            TestContext.Current.CancellationToken);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("git", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_option_is_bad_input()
    {
        var result = await Programs.RunAsync(Programs.Functions, ["once", "--preset", "enormous"], TestContext.Current.CancellationToken);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("enormous", result.Error, StringComparison.Ordinal);
    }

    // .../shared/Microsoft.NETCore.App/10.0.x/System.Private.CoreLib.dll
    private static string DotnetRoot() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));

    private void Write(string path, string text) => WriteBytes(path, Encoding.UTF8.GetBytes(text));

    private void WriteBytes(string path, byte[] bytes)
    {
        var full = Path.Combine(Blog, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }
}
