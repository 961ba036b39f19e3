using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>What deploys the product and is neither code nor template: the Dockerfile, the workflow, the script.</summary>
public sealed partial class LintTests
{
    private static readonly string Dockerfile = Read("trainer-job", "Dockerfile");
    private static readonly string Workflow = Read(".github", "workflows", "deploy.yml");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dockerfile_and_workflows_are_clean() => Assert.All(await LintAsync([Dockerfile], [Workflow, Read(".github", "workflows", "nightly.yml")]), Assert.Empty);

    [Fact]
    public async Task Planted_mistakes_are_seen()
    {
        var found = await LintAsync(
            [
                Dockerfile.Replace("--from=published", "--form=published", StringComparison.Ordinal),
                Dockerfile.Replace("FROM node:20-bookworm-slim", "FROM node", StringComparison.Ordinal),
                Dockerfile.Replace("USER 1654", "USR 1654", StringComparison.Ordinal),
            ],
            [
                Workflow.Replace("runs-on:", "runs_on:", StringComparison.Ordinal),
                Workflow.Replace("workflow_dispatch:", "workflow_dispach:", StringComparison.Ordinal),
            ]);

        Assert.Equal(5, found.Count);
        Assert.All(found, Assert.NotEmpty);
    }

    [Fact]
    public void The_image_is_built_from_all_files_that_the_build_names()
    {
        var taken = Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();

        Assert.All(RootFile().Matches(Read("Directory.Build.props") + Read("Directory.Build.targets")).Select(match => match.Groups[1].Value).Distinct(), name => Assert.Contains(name, taken));
    }

    [Fact]
    public async Task Deployment_script_is_clean()
    {
        await DebianPackages.EnsureAsync("shellcheck", Stop);

        var result = await Programs.RunAsync("shellcheck", [Path.Combine(ProjectFolders.Root, "infra", "deploy.sh")], Stop);

        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Fact]
    public async Task Deployment_script_explains_itself_when_it_is_called_wrongly()
    {
        var script = Path.Combine(ProjectFolders.Root, "infra", "deploy.sh");

        Assert.All([await Programs.RunAsync(script, [], Stop), await Programs.RunAsync(script, ["dance", "group"], Stop)], result =>
        {
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("tear-down", result.Error, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Script_asks_only_for_outputs_that_the_template_has()
    {
        var outputs = InfraFiles.Template()["outputs"]!.AsObject().Select(output => output.Key).ToHashSet();

        Assert.All(AskedOutputs().Matches(Read("infra", "deploy.sh")), match => Assert.Contains(match.Groups[1].Value, outputs));
    }

    [Fact]
    public void Script_and_workflow_know_the_same_steps()
    {
        var steps = WorkflowSteps().Match(Workflow).Groups[1].Value.Split(", ");
        var script = Read("infra", "deploy.sh");

        Assert.NotEmpty(steps);
        Assert.All(steps, step => Assert.Contains($"\n  {step})", script, StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<JsonArray>> LintAsync(string[] dockerfiles, string[] workflows)
    {
        var question = new JsonObject
        {
            ["packages"] = ProjectFolders.NodeModules,
            ["dockerfiles"] = new JsonArray([.. dockerfiles.Select(text => (JsonNode)text)]),
            ["workflows"] = new JsonArray([.. workflows.Select(text => (JsonNode)text)]),
        };
        var script = Path.Combine(ProjectFolders.Root, "tests", "Functions.Tests", "Infra", "lint.mjs");
        return [.. JsonNode.Parse(await NodeScript.RunAsync(script, question.ToJsonString(), Stop))!.AsArray().Select(problems => problems!.AsArray())];
    }

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([ProjectFolders.Root, .. path]));

    [GeneratedRegex(@"\$\(RepositoryRoot\)([A-Za-z][\w.-]*)")]
    private static partial Regex RootFile();

    [GeneratedRegex(@"(?:\$\(output |properties\.outputs\.)([A-Za-z]+)")]
    private static partial Regex AskedOutputs();

    [GeneratedRegex(@"options: \[(what-if[^\]]*)\]")]
    private static partial Regex WorkflowSteps();
}
