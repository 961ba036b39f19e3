using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>A deployment template, computed as Azure does before it deploys: parameters, variables, copy loops, expressions.</summary>
internal sealed class ArmTemplate
{
    /// <summary>The resource group's id.</summary>
    public const string Group = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/pipeline";

    /// <summary>What stands for a value that only Azure knows begins with this and goes on with the id of its resource.</summary>
    public const string AtRuntime = "runtime:";

    private const string Subscription = "/subscriptions/11111111-2222-4333-8444-555555555555";
    private const string Tenant = "66666666-7777-4888-9999-aaaaaaaaaaaa";

    private readonly JsonObject template;
    private readonly JsonObject parameters;
    private HashSet<string> asked = [];
    private int? index;

    private ArmTemplate(JsonObject template, JsonObject parameters)
    {
        this.template = template;
        this.parameters = parameters;
    }

    /// <summary>The resources, those whose condition is false included.</summary>
    public required IReadOnlyList<ArmResource> Resources { get; init; }

    /// <summary>The outputs' values.</summary>
    public required IReadOnlyDictionary<string, JsonNode?> Outputs { get; init; }

    /// <summary>Parameters and variables that nothing uses.</summary>
    public required IReadOnlyList<string> Unused { get; init; }

    /// <summary>Computes a template.</summary>
    /// <param name="template">The template file.</param>
    /// <param name="parameters">Parameters by name; those not given take their defaults.</param>
    /// <exception cref="FormatException">An expression cannot be computed, or a parameter has no value.</exception>
    public static ArmTemplate Compute(JsonObject template, JsonObject parameters)
    {
        var empty = new ArmTemplate(template, parameters) { Resources = [], Outputs = new Dictionary<string, JsonNode?>(), Unused = [] };
        var unknown = parameters.Select(given => given.Key).FirstOrDefault(name => !template["parameters"]!.AsObject().ContainsKey(name));
        if (unknown is not null)
        {
            throw new FormatException($"The template has no parameter '{unknown}'.");
        }

        var resources = template["resources"]!.AsArray().SelectMany(resource => empty.Expand(resource!.AsObject())).ToArray();
        var outputs = template["outputs"]!.AsObject().ToDictionary(output => output.Key, output => empty.Compute(output.Value!["value"]));
        var text = string.Join('\n', ArmResource.TextsOf(template));
        var unused = new[] { "parameters", "variables" }
            .SelectMany(kind => template[kind]!.AsObject().Select(item => $"{kind}('{item.Key}')"))
            .Where(use => !text.Contains(use, StringComparison.Ordinal))
            .ToArray();
        return new(template, parameters) { Resources = resources, Outputs = outputs, Unused = unused };
    }

    /// <summary>The id of a resource.</summary>
    public static string IdOf(string scope, string type, params IReadOnlyList<string> names)
    {
        var types = type.Split('/');
        return types.Length == names.Count + 1
            ? $"{scope}/providers/{types[0]}/{string.Join('/', types.Skip(1).Zip(names, (part, name) => $"{part}/{name}"))}"
            : throw new FormatException($"{type} needs {types.Length - 1} names, not '{string.Join("', '", names)}'.");
    }

    private IEnumerable<ArmResource> Expand(JsonObject resource)
    {
        var copy = resource["copy"]?.AsObject();
        var count = copy is null ? 1 : (int)Whole(Compute(copy["count"]));
        for (var i = 0; i < count; i++)
        {
            index = copy is null ? null : i;
            asked = [];
            var body = new JsonObject(resource.Where(member => member.Key != "copy").Select(member => KeyValuePair.Create(member.Key, Compute(member.Value))));
            yield return new(body, (string?)copy?["name"], asked);
        }

        index = null;
    }

    private JsonNode? Compute(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create((string)Compute(member.Key)!, Compute(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Compute)]),
        JsonValue value when value.TryGetValue<string>(out var text) && ArmExpression.Is(text) => new ArmExpression(text[1..^1], Call).Compute(),
        _ => node?.DeepClone(),
    };

    private JsonNode? Call(string function, IReadOnlyList<Lazy<JsonNode?>> arguments)
    {
        string Text(int i) => arguments[i].Value is JsonValue value ? value.ToString() : throw new FormatException($"{function}: argument {i + 1} is no text.");
        string[] Texts(int skip) => [.. Enumerable.Range(skip, arguments.Count - skip).Select(Text)];
        return function switch
        {
            "parameters" => Parameter(Text(0)),
            "variables" => Variable(Text(0)),
            "copyIndex" => index ?? throw new FormatException("copyIndex() outside a copy loop."),
            "concat" => string.Concat(Texts(0)),
            "string" => Text(0),
            "take" => Text(0) is var text && (int)Whole(arguments[1].Value) is var length ? text[..Math.Min(length, text.Length)] : null,
            "length" => arguments[0].Value!.AsArray().Count,
            "mul" => Whole(arguments[0].Value) * Whole(arguments[1].Value),
            "equals" => JsonNode.DeepEquals(arguments[0].Value, arguments[1].Value),
            "if" => (bool)arguments[0].Value! ? arguments[1].Value : arguments[2].Value,
            "uniqueString" => Hash(Texts(0))[..13],
            "guid" => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', Texts(0)))).AsSpan(0, 16)).ToString(),
            "utcNow" => new DateTime(2026, 9, 21, 0, 0, 0, DateTimeKind.Utc).ToString(Text(0), CultureInfo.InvariantCulture),
            "resourceGroup" => new JsonObject { ["id"] = Group, ["name"] = "pipeline", ["location"] = "westeurope" },
            "subscription" => new JsonObject { ["id"] = Subscription, ["subscriptionId"] = Subscription.Split('/')[^1], ["tenantId"] = Tenant },
            "environment" => new JsonObject { ["suffixes"] = new JsonObject { ["storage"] = "core.windows.net", ["keyvaultDns"] = ".vault.azure.net" } },
            "resourceId" => IdOf(Group, Text(0), Texts(1)),
            "subscriptionResourceId" => IdOf(Subscription, Text(0), Texts(1)),
            "extensionResourceId" => IdOf(Text(0), Text(1), Texts(2)),
            "reference" or "listKeys" => Ask(Text(0)),
            _ => throw new FormatException($"The function {function} is not known here."),
        };
    }

    private string Ask(string id)
    {
        asked.Add(id);
        return AtRuntime + id;
    }

    private JsonNode? Parameter(string name)
    {
        if (!template["parameters"]!.AsObject().TryGetPropertyValue(name, out var declared))
        {
            throw new FormatException($"There is no parameter '{name}'.");
        }

        return parameters[name] is { } given ? given.DeepClone()
            : declared!.AsObject().TryGetPropertyValue("defaultValue", out var value) ? Compute(value)
            : throw new FormatException($"The parameter '{name}' has no value.");
    }

    private JsonNode? Variable(string name) =>
        template["variables"]!.AsObject().TryGetPropertyValue(name, out var value) ? Compute(value) : throw new FormatException($"There is no variable '{name}'.");

    // A number's type depends on where it came from.
    private static long Whole(JsonNode? number) => long.Parse(number!.ToString(), CultureInfo.InvariantCulture);

    private static string Hash(IEnumerable<string> texts) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', texts))));
}
