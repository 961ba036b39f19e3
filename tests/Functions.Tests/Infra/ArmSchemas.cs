using System.Text.Json.Nodes;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>Azure's published schemas, asked through npm's <c>ajv</c>.</summary>
internal static class ArmSchemas
{
    private static string Script => Path.Combine(ProjectFolders.Root, "tests", "Functions.Tests", "Infra", "validate-resources.mjs");

    /// <summary>What the schemas say against deployments' resources: a list for each deployment, then one for each parameter file.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<string>>> ProblemsAsync(
        IEnumerable<IEnumerable<JsonObject>> deployments, IEnumerable<JsonObject> parameterFiles, CancellationToken cancellationToken)
    {
        var question = new JsonObject
        {
            ["packages"] = ProjectFolders.NodeModules,
            ["schemas"] = new JsonArray(ProjectFolders.Shared("arm-schemas"), Path.Combine(Path.GetDirectoryName(Script)!, "schemas")),
            ["documents"] = new JsonArray([.. deployments.Select(resources => new JsonArray([.. resources.Select(resource => resource.DeepClone())]))]),
            ["parameterFiles"] = new JsonArray([.. parameterFiles.Select(file => file.DeepClone())]),
        };
        var answer = JsonNode.Parse(await NodeScript.RunAsync(Script, question.ToJsonString(), cancellationToken))!;
        return [.. answer.AsArray().Select(problems => (IReadOnlyList<string>)[.. problems!.AsArray().Select(problem => (string)problem!)])];
    }
}
