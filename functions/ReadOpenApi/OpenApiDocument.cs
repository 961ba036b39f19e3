using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.ReadOpenApi;

/// <summary>
/// Describes every call as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html). The forms are generated from the very type
/// descriptions by which bodies are read and answers are written, so they cannot say anything else than the app does.
/// </summary>
internal static class OpenApiDocument
{
    private const string KeyScheme = "key";
    private const string CookieScheme = "page";

    private static readonly JsonSchemaExporterOptions Exporting = new() { TreatNullObliviousAsNonNullable = true };

    /// <summary>Builds it.</summary>
    public static JsonObject Build()
    {
        var schemas = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        Describe(HostingJson.Default.ErrorAnswer, schemas);
        var paths = new JsonObject();
        foreach (var operation in OpenApiOperations.All)
        {
            if (paths[operation.Path] is not JsonObject path)
            {
                paths[operation.Path] = path = [];
            }

            path[operation.Method] = Operation(operation, schemas);
        }

        return new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Pipeline",
                ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version?.ToString(3) ?? "0",
                ["description"] = "Learns from a blog and writes posts that do not exist.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(schemas.Select(schema => KeyValuePair.Create<string, JsonNode?>(schema.Key, schema.Value))),
                ["securitySchemes"] = new JsonObject
                {
                    [KeyScheme] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "x-functions-key" },
                    [CookieScheme] = new JsonObject { ["type"] = "apiKey", ["in"] = "cookie", ["name"] = "pipeline-page" },
                },
            },
        };
    }

    private static JsonObject Operation(OpenApiOperation operation, SortedDictionary<string, JsonNode> schemas)
    {
        var described = new JsonObject
        {
            ["operationId"] = operation.Id,
            ["summary"] = operation.Summary,
            ["security"] = Security(operation.Access),
        };
        if (operation.Parameters.Count > 0)
        {
            described["parameters"] = new JsonArray([.. operation.Parameters.Select(Parameter)]);
        }

        if (operation.Body is not null || operation.BodyType is not null)
        {
            described["requestBody"] = new JsonObject
            {
                ["required"] = !operation.BodyOptional,
                ["content"] = new JsonObject
                {
                    [operation.BodyType ?? "application/json"] = operation.Body is { } body ? new JsonObject { ["schema"] = Describe(body, schemas) } : new JsonObject(),
                },
            };
        }

        described["responses"] = Responses(operation, schemas);
        return described;
    }

    private static JsonObject Responses(OpenApiOperation operation, SortedDictionary<string, JsonNode> schemas)
    {
        var content = new JsonObject();
        if (operation.Answer is { } answer)
        {
            content["application/json"] = new JsonObject { ["schema"] = Describe(answer, schemas) };
        }

        foreach (var other in operation.OtherAnswers)
        {
            content[other] = new JsonObject();
        }

        var success = new JsonObject { ["description"] = "Success." };
        if (content.Count > 0)
        {
            success["content"] = content;
        }

        var responses = new JsonObject { [Status(operation.Success)] = success };
        var refused = operation.Access is OpenApiAccess.Open or OpenApiAccess.Signed ? [] : new[] { StatusCodes.Status401Unauthorized };
        foreach (var status in operation.Failures.Concat(refused).Append(StatusCodes.Status500InternalServerError).Distinct().Order())
        {
            responses[Status(status)] = new JsonObject
            {
                ["description"] = "Says what is wrong and what to do.",
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = Describe(HostingJson.Default.ErrorAnswer, schemas) } },
            };
        }

        return responses;
    }

    private static JsonObject Parameter(OpenApiParameter parameter) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = parameter.InPath ? "path" : "query",
        ["required"] = parameter.InPath,
        ["description"] = parameter.Summary,
        ["schema"] = new JsonObject { ["type"] = parameter.Kind },
    };

    private static JsonArray Security(OpenApiAccess access) => access switch
    {
        OpenApiAccess.Action => [new JsonObject { [KeyScheme] = new JsonArray() }],
        // The empty one stands for a page that is open.
        OpenApiAccess.Reading => [new JsonObject(), new JsonObject { [KeyScheme] = new JsonArray() }, new JsonObject { [CookieScheme] = new JsonArray() }],
        _ => [],
    };

    private static string Status(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static JsonObject Describe(JsonTypeInfo type, SortedDictionary<string, JsonNode> schemas)
    {
        var name = type.Type.Name;
        if (!schemas.ContainsKey(name))
        {
            var schema = type.GetJsonSchemaAsNode(Exporting);
            MoveReferences(schema, name);
            schemas[name] = schema;
        }

        return new() { ["$ref"] = $"#/components/schemas/{name}" };
    }

    // A type that holds itself is referred to by its place in its own schema, which stands deeper now.
    private static void MoveReferences(JsonNode? node, string name)
    {
        switch (node)
        {
            case JsonObject found:
                if (found["$ref"] is JsonValue reference && reference.GetValueKind() == JsonValueKind.String && reference.GetValue<string>() is ['#', .. var place])
                {
                    found["$ref"] = $"#/components/schemas/{name}{place}";
                }

                foreach (var (_, inner) in found.ToList())
                {
                    MoveReferences(inner, name);
                }

                break;
            case JsonArray list:
                foreach (var inner in list)
                {
                    MoveReferences(inner, name);
                }

                break;
            default:
                break;
        }
    }
}
