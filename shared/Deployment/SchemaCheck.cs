using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Deployment;

/// <summary>
/// Checks a value against a JSON schema (draft 7, https://json-schema.org/draft-07) and names the place of everything that is wrong. Knows the
/// keywords that the deployment's own schema uses; another one is an error of the schema.
/// </summary>
/// <param name="schema">The whole schema.</param>
internal sealed class SchemaCheck(JsonElement schema)
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong, in the order of the file.</summary>
    public IReadOnlyList<PlacedProblem> Of(PlacedNode root)
    {
        var problems = new List<PlacedProblem>();
        Check(root, schema, "", problems);
        return [.. problems.Distinct().OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];
    }

    private void Check(PlacedNode node, JsonElement rule, string path, List<PlacedProblem> problems)
    {
        if (rule.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var keyword in rule.EnumerateObject())
        {
            var value = keyword.Value;
            switch (keyword.Name)
            {
                case "$ref":
                    Check(node, Target(value.GetString()!), path, problems);
                    break;
                case "type":
                    Demand(IsOfType(node, value), $"must be {(value.ValueKind == JsonValueKind.Array ? string.Join(", ", value.EnumerateArray()) : Article(value.GetString()!))}");
                    break;
                case "const":
                    Demand(Equals(node, value), $"must be {value}");
                    break;
                case "enum":
                    Demand(value.EnumerateArray().Any(item => Equals(node, item)), $"must be one of {string.Join(", ", value.EnumerateArray())}");
                    break;
                case "minimum" when IsNumber(node):
                    Demand(node.Number >= value.GetDouble(), $"must be {value} or more");
                    break;
                case "maximum" when IsNumber(node):
                    Demand(node.Number <= value.GetDouble(), $"must be {value} or less");
                    break;
                case "minLength" when node.Kind == PlacedKind.String:
                    Demand(node.Text.Length >= value.GetInt32(), "must not be empty");
                    break;
                case "pattern" when node.Kind == PlacedKind.String:
                    Demand(Regex.IsMatch(node.Text, value.GetString()!, RegexOptions.CultureInvariant, LongestMatch), $"must match {value}");
                    break;
                case "minItems" when node.Kind == PlacedKind.Array:
                    Demand(node.Items.Count >= value.GetInt32(), "must not be empty");
                    break;
                case "items" when node.Kind == PlacedKind.Array:
                    for (var index = 0; index < node.Items.Count; index++)
                    {
                        Check(node.Items[index], value, $"{path}[{index}]", problems);
                    }

                    break;
                case "required" when node.Kind == PlacedKind.Object:
                    foreach (var name in value.EnumerateArray().Select(item => item.GetString()!).Where(name => node.Find(name) is null))
                    {
                        problems.Add(new(node.Line, node.Column, $"{Name(path)} has no '{name}', which it needs."));
                    }

                    break;
                case "properties" when node.Kind == PlacedKind.Object:
                    foreach (var member in node.Members.Where(member => value.TryGetProperty(member.Name, out _)))
                    {
                        Check(member.Value, value.GetProperty(member.Name), Below(path, member.Name), problems);
                    }

                    break;
                case "patternProperties" or "additionalProperties" when node.Kind == PlacedKind.Object:
                    CheckOthers(node, rule, keyword.Name, value, path, problems);
                    break;
                case "allOf":
                    foreach (var part in value.EnumerateArray())
                    {
                        Check(node, part, path, problems);
                    }

                    break;
                case "anyOf":
                    if (!value.EnumerateArray().Any(part => Fits(node, part)))
                    {
                        var names = value.EnumerateArray().SelectMany(part => part.TryGetProperty("required", out var required) ? required.EnumerateArray() : Enumerable.Empty<JsonElement>());
                        problems.Add(new(node.Line, node.Column, $"{Name(path)} needs one of {string.Join(", ", names)}."));
                    }

                    break;
                case "if":
                    if (rule.TryGetProperty("then", out var then) && Fits(node, value))
                    {
                        Check(node, then, path, problems);
                    }

                    break;
                case "then" or "$schema" or "title" or "description" or "definitions" or "minimum" or "maximum" or "minLength" or "pattern" or "minItems" or "items" or "required"
                    or "properties" or "patternProperties" or "additionalProperties":
                    break;
                default:
                    throw new InvalidOperationException($"The schema uses {keyword.Name}, which is not known here.");
            }
        }

        void Demand(bool good, string demand)
        {
            if (!good)
            {
                problems.Add(new(node.Line, node.Column, $"{Name(path)} is {Shown(node)}; it {demand}."));
            }
        }
    }

    private void CheckOthers(PlacedNode node, JsonElement rule, string keyword, JsonElement value, string path, List<PlacedProblem> problems)
    {
        foreach (var member in node.Members)
        {
            var patterns = rule.TryGetProperty("patternProperties", out var all) ? all.EnumerateObject().Where(pattern => Regex.IsMatch(member.Name, pattern.Name, RegexOptions.CultureInvariant, LongestMatch)).ToList() : [];
            if (keyword == "patternProperties")
            {
                patterns.ForEach(pattern => Check(member.Value, pattern.Value, Below(path, member.Name), problems));
                continue;
            }

            var known = rule.TryGetProperty("properties", out var properties);
            if (patterns.Count > 0 || (known && properties.TryGetProperty(member.Name, out _)))
            {
                continue;
            }

            if (value.ValueKind != JsonValueKind.False)
            {
                Check(member.Value, value, Below(path, member.Name), problems);
                continue;
            }

            var there = known ? $"there are {string.Join(", ", properties.EnumerateObject().Select(property => property.Name))}" : $"names are like {string.Join(", ", all.ValueKind == JsonValueKind.Object ? all.EnumerateObject().Select(pattern => pattern.Name) : [])}";
            problems.Add(new(member.Line, member.Column, $"{Name(path)} has no '{member.Name}'; {there}."));
        }
    }

    private bool Fits(PlacedNode node, JsonElement rule)
    {
        var problems = new List<PlacedProblem>();
        Check(node, rule, "", problems);
        return problems.Count == 0;
    }

    private JsonElement Target(string reference) =>
        reference[2..].Split('/').Aggregate(schema, (element, part) => element.GetProperty(part));

    private static bool IsOfType(PlacedNode node, JsonElement type) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(one => IsOfType(node, one))
        : type.GetString() switch
        {
            "object" => node.Kind == PlacedKind.Object,
            "array" => node.Kind == PlacedKind.Array,
            "string" => node.Kind == PlacedKind.String,
            "boolean" => node.Kind == PlacedKind.Boolean,
            "integer" => node.Kind == PlacedKind.Integer || (node.Kind == PlacedKind.Number && Math.Floor(node.Number) == node.Number),
            "number" => IsNumber(node),
            var other => throw new InvalidOperationException($"The schema uses the type {other}, which is not known here."),
        };

    private static bool IsNumber(PlacedNode node) => node.Kind is PlacedKind.Integer or PlacedKind.Number;

    private static bool Equals(PlacedNode node, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => node.Kind == PlacedKind.String && node.Text == value.GetString(),
        JsonValueKind.Number => IsNumber(node) && node.Number == value.GetDouble(),
        JsonValueKind.True or JsonValueKind.False => node.Kind == PlacedKind.Boolean && node.Text == (value.GetBoolean() ? "true" : "false"),
        _ => throw new InvalidOperationException("The schema compares with something that is no text, number or truth."),
    };

    private static string Shown(PlacedNode node) => node.Kind switch
    {
        PlacedKind.Object => "an object",
        PlacedKind.Array => "a list",
        PlacedKind.Null => "empty",
        PlacedKind.String => $"'{(node.Text.Length <= 60 ? node.Text : node.Text[..60] + "…")}'",
        _ => node.Text,
    };

    private static string Article(string type) => type switch
    {
        "object" => "an object of names and values",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        _ => "a number",
    };

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Name(string path) => path.Length == 0 ? "the deployment" : path;
}
