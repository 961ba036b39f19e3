namespace Pipeline.Testing;

/// <summary>Where the repository, the shared reference data and the npm tools of the tests lie on this machine.</summary>
public static class ProjectFolders
{
    private const string SharedVariable = "PIPELINE_SHARED_FOLDER";

    /// <summary>The folder that holds <c>Pipeline.sln</c>, found upwards from the running test.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The packages that <c>tests/package.json</c> names.</summary>
    public static string NodeModules => Path.Combine(Root, "tests", "node_modules");

    /// <summary>A file or folder of the read-only test data beside the repository.</summary>
    /// <exception cref="DirectoryNotFoundException">The data is not there; the message says how to name another place.</exception>
    public static string Shared(params ReadOnlySpan<string> parts)
    {
        var shared = Environment.GetEnvironmentVariable(SharedVariable) ?? Path.Combine(Root, "..", "shared");
        var path = Path.GetFullPath(Path.Combine([shared, .. parts]));
        return Path.Exists(path)
            ? path
            : throw new DirectoryNotFoundException($"The test data {path} is missing. Put it beside the repository, or name its folder in {SharedVariable}.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Pipeline.sln above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
