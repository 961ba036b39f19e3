using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>One run of <c>once</c> as a person or a script starts it.</summary>
internal sealed record OnceRun(ProgramResult Program, JsonElement Summary)
{
    public string Version => Summary.GetProperty("version").GetString()!;

    public string Post => Summary.GetProperty("post").GetString()!;

    public string Branch => Summary.GetProperty("branch").GetString()!;

    public string Commit => Summary.GetProperty("commit").GetString()!;

    public int Documents => Summary.GetProperty("documents").GetInt32();

    /// <summary>Runs it with the smallest preset and expects success.</summary>
    public static async Task<OnceRun> SucceedAsync(string work, CancellationToken cancellationToken, params string[] arguments)
    {
        var program = await Programs.RunAsync(Programs.Functions, ["once", "--preset", "tiny", "--json", "--work", work, .. arguments], cancellationToken);
        Assert.True(program.ExitCode == 0, program.ToString());
        return Of(program);
    }

    /// <summary>Runs it with the smallest preset and expects a model in service; whether one that has learnt so little finds a text that can be published is chance.</summary>
    public static async Task<OnceRun> LearnAsync(string work, CancellationToken cancellationToken, params string[] arguments)
    {
        var program = await Programs.RunAsync(Programs.Functions, ["once", "--preset", "tiny", "--json", "--work", work, .. arguments], cancellationToken);
        Assert.True(program.ExitCode == 0 || (program.ExitCode == 1 && program.Output.Contains("No post today: ", StringComparison.Ordinal)), program.ToString());
        var run = Of(program);
        Assert.Contains($"Serving   {run.Version}", program.Output, StringComparison.Ordinal);
        return run;
    }

    /// <summary>Runs it and expects it to end with an exit code.</summary>
    public static async Task<ProgramResult> FailAsync(string work, int exitCode, CancellationToken cancellationToken, params string[] arguments)
    {
        var program = await Programs.RunAsync(Programs.Functions, ["once", "--preset", "tiny", "--work", work, .. arguments], cancellationToken);
        Assert.True(program.ExitCode == exitCode, $"expected {exitCode}: {program}");
        return program;
    }

    private static OnceRun Of(ProgramResult program) =>
        new(program, JsonDocument.Parse(program.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement);
}
