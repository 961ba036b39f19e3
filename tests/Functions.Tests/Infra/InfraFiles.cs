using System.Text.Json.Nodes;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>The files of the folder <c>infra</c> and what tests ask of them.</summary>
internal static class InfraFiles
{
    /// <summary>The template, to be changed at will.</summary>
    public static JsonObject Template() => Read("azuredeploy.json");

    /// <summary>The file of parameters.</summary>
    public static JsonObject ParametersFile() => Read("azuredeploy.parameters.json");

    /// <summary>The parameters' values by name.</summary>
    public static JsonObject Parameters() =>
        new(ParametersFile()["parameters"]!.AsObject().Select(parameter => KeyValuePair.Create(parameter.Key, parameter.Value!["value"]?.DeepClone())));

    /// <summary>The function app's settings.</summary>
    public static IReadOnlyDictionary<string, string> AppSettings(ArmTemplate template) =>
        template.Resources.Single(resource => resource.Type == "Microsoft.Web/sites").Properties["siteConfig"]!["appSettings"]!.AsArray()
            .ToDictionary(setting => (string)setting!["name"]!, setting => (string)setting!["value"]!);

    /// <summary>The job's one container.</summary>
    public static JsonObject JobContainer(ArmTemplate template) =>
        template.Resources.Single(resource => resource.Type == "Microsoft.App/jobs").Properties["template"]!["containers"]!.AsArray().Single()!.AsObject();

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(ProjectFolders.Root, "infra", file)))!.AsObject();
}
