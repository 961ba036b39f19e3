using System.Diagnostics;
using Pipeline.Publishing;
using Pipeline.Shared.Tests.Publishing;
using Pipeline.Testing;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Shared.Tests.GitHub;

/// <summary>The steps of the workflow for the blog, run here with bash and Debian's Jekyll as GitHub would run them.</summary>
public sealed class BlogWorkflowTests
{
    private const string Branch = "pipeline/post-2026-03-02";
    private static readonly FixedClock Clock = new("2026-03-02T09:30:00Z");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_passes_a_branch_of_ours()
    {
        using var blog = await PublishedAsync();

        Assert.Equal(["", "", "", ""], RunSteps(blog));
    }

    [Theory]
    [InlineData("index.md", "Changed.", 0)]
    [InlineData("_posts/2026-03-02-a-calm-week.md", "---\ntitle: \"A calm week\"\n---\nText.\n", 1)]
    [InlineData("_posts/2026-03-02-a-calm-week.md", "---\ntitle: \"A\"\nai_generated: true\n---\n{% if %}\n", 2)]
    [InlineData("_posts/2026-03-02-a-calm-week.md", "---\ntitle: \"A\nai_generated: true\n---\nText.\n", 2)]
    [InlineData("_posts/2026-03-02-a-calm-week.md", "---\ntitle: \"A\"\npublished: false\nai_generated: true\n---\nText.\n", 3)]
    public async Task It_stops_at_what_would_hurt_the_blog(string path, string text, int step)
    {
        using var blog = await PublishedAsync();
        GitBlog.RunGit(blog.Sub("."), "clone", "--quiet", "--branch", Branch, blog.Repository.Folder, "work");
        await File.WriteAllTextAsync(Path.Combine(blog.Sub("work"), path), text, Token);
        GitBlog.RunGit(blog.Sub("work"), "commit", "--quiet", "-am", "Change");
        GitBlog.RunGit(blog.Sub("work"), "push", "--quiet");

        var failures = RunSteps(blog);

        Assert.Equal(step + 1, failures.Count);
        Assert.All(failures.SkipLast(1), Assert.Empty);
        Assert.NotEmpty(failures[^1]);
    }

    private static async Task<GitBlog> PublishedAsync()
    {
        await DebianPackages.EnsureAsync("jekyll", Token);
        var blog = await GitBlog.CreateAsync(Clock, Token);
        Assert.IsType<PublishResult.Published>(await blog.Publisher(Clock).PublishAsync(Drafts.Draft(), new DateOnly(2026, 3, 2), Token));
        return blog;
    }

    // One entry a step up to the first that fails: empty, or what it said.
    private static List<string> RunSteps(GitBlog blog)
    {
        GitBlog.RunGit(blog.Sub("."), "clone", "--quiet", "--branch", Branch, blog.Repository.Folder, "checkout");
        Directory.CreateDirectory(blog.Sub("temp"));
        var outcomes = new List<string>();
        foreach (var script in Scripts())
        {
            var start = new ProcessStartInfo("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            {
                WorkingDirectory = blog.Sub("checkout"),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["BASE"] = blog.Import.Commit;
            start.Environment["RUNNER_TEMP"] = blog.Sub("temp");
            start.Environment["JEKYLL"] = "jekyll";
            start.Environment["LANG"] = "C.UTF-8";
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(Token);
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            outcomes.Add(process.ExitCode == 0 ? "" : $"{script}\n{output}{errors.GetAwaiter().GetResult()}");
            if (process.ExitCode != 0)
            {
                break;
            }
        }

        return outcomes;
    }

    private static IEnumerable<string> Scripts()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(ProjectFolders.Root, "infra", "blog", "check-generated-post.yml"))));
        var job = yaml.Documents[0].RootNode["jobs"]["build"];
        return ((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>()
            .Where(step => step.Children.ContainsKey("run") && !((YamlScalarNode)step["name"]).Value!.StartsWith("Install", StringComparison.Ordinal))
            .Select(step => ((YamlScalarNode)step["run"]).Value!);
    }
}
