using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>Two runs of <c>once</c> on the sample blog in one work folder, made once for all tests that look at them.</summary>
[CollectionDefinition(Name)]
public sealed class SharedSampleBlog : ICollectionFixture<SampleBlogRuns>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "sample blog";
}

/// <summary>The runs and their folders.</summary>
public sealed class SampleBlogRuns : IAsyncLifetime
{
    /// <summary>The collection that shares the runs.</summary>
    public const string Name = SharedSampleBlog.Name;

    private readonly TemporaryFolder folder = new();

    /// <summary>The blog as given.</summary>
    public string Source { get; } = Path.Combine(ProjectFolders.Root, "tests", "SampleBlog");

    /// <summary>Its hash before the runs.</summary>
    public string SourceHash { get; private set; } = "";

    /// <summary>The work folder.</summary>
    public string Work => folder.Sub("work");

    /// <summary>The blog's copy.</summary>
    public string Blog => Path.Combine(Work, "blog");

    /// <summary>Copies the work folder, for a test that changes it.</summary>
    public void CopyTo(string target)
    {
        foreach (var file in Directory.EnumerateFiles(Work, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(Work, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    internal OnceRun First { get; private set; } = null!;

    internal OnceRun Second { get; private set; } = null!;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        SourceHash = FolderHash.Of(Source);
        First = await OnceRun.SucceedAsync(Work, TestContext.Current.CancellationToken);
        Second = await OnceRun.SucceedAsync(Work, TestContext.Current.CancellationToken);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
