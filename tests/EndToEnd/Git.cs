using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>Asks a repository as a person would.</summary>
internal static class Git
{
    public static async Task<string> RunAsync(string repository, CancellationToken cancellationToken, params string[] arguments)
    {
        var result = await Programs.RunAsync("git", ["-C", repository, .. arguments], cancellationToken);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output.Trim();
    }
}
