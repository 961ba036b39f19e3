using System.Text.Json.Nodes;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>A resource as it would be deployed: every expression computed.</summary>
/// <param name="Body">The whole of it.</param>
/// <param name="Loop">The copy loop that made it, or null.</param>
/// <param name="Asked">Ids of the resources whose state its expressions ask for, for which Azure waits by itself.</param>
internal sealed record ArmResource(JsonObject Body, string? Loop, IReadOnlySet<string> Asked)
{
    /// <summary>Namespace and type, such as <c>Microsoft.Web/sites</c>.</summary>
    public string Type => (string)Body["type"]!;

    /// <summary>The name, with those of its parents before it.</summary>
    public string Name => (string)Body["name"]!;

    /// <summary>The id.</summary>
    public string Id => ArmTemplate.IdOf((string?)Body["scope"] ?? ArmTemplate.Group, Type, Name.Split('/'));

    /// <summary>Ids and copy loops that it waits for.</summary>
    public IEnumerable<string> DependsOn => Body["dependsOn"]?.AsArray().Select(item => (string)item!) ?? [];

    /// <summary>Its properties.</summary>
    public JsonObject Properties => Body["properties"]!.AsObject();

    /// <summary>Every text in it but for those of <c>dependsOn</c>.</summary>
    public IEnumerable<string> Texts() => Body.Where(member => member.Key != "dependsOn").SelectMany(member => TextsOf(member.Value));

    internal static IEnumerable<string> TextsOf(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => TextsOf(member.Value).Prepend(member.Key)),
        JsonArray items => items.SelectMany(TextsOf),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
