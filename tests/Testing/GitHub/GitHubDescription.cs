using System.Text.Json.Nodes;

namespace Pipeline.Testing.GitHub;

/// <summary>GitHub's own OpenAPI description, cut to the calls that the product makes, and what that cut leaves out.</summary>
public sealed class GitHubDescription
{
    // Any call may be answered so, but the description lists few of them a call.
    private static readonly string[] GeneralErrors = ["301", "401", "403", "404", "409", "422", "429", "500", "502", "503"];

    private readonly JsonObject _root;

    private GitHubDescription(JsonObject root) => _root = root;

    /// <summary>Reads the description from the shared test data.</summary>
    public static GitHubDescription Read()
    {
        var root = JsonNode.Parse(File.ReadAllText(ProjectFolders.Shared("github", "openapi-subset.json")))!.AsObject();
        var paths = root["paths"]!.AsObject();
        foreach (var (path, operations) in JsonNode.Parse(Additions)!.AsObject().ToList())
        {
            paths[path] = operations!.DeepClone();
        }

        foreach (var (_, item) in paths)
        {
            foreach (var (verb, operation) in item!.AsObject().Where(operation => operation.Key is "get" or "post" or "patch" or "put" or "delete"))
            {
                var responses = operation!["responses"]!.AsObject();
                if (verb == "get" && !responses.ContainsKey("304"))
                {
                    responses["304"] = new JsonObject { ["description"] = "Not modified" };
                }

                foreach (var status in GeneralErrors.Where(status => !responses.ContainsKey(status)))
                {
                    responses[status] = JsonNode.Parse("""{"description":"An error","content":{"application/json":{"schema":{"$ref":"#/components/schemas/basic-error"}}}}""");
                }
            }
        }

        return new GitHubDescription(root);
    }

    /// <summary>Every described call: verb in capitals, a blank, and the path with its parameters in braces.</summary>
    public IReadOnlyList<string> Operations =>
        [.. _root["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(item => item.Key is "get" or "post" or "patch" or "put" or "delete").Select(item => $"{item.Key.ToUpperInvariant()} {path.Key}"))];

    /// <summary>Writes the description to a file.</summary>
    public void Write(string path) => File.WriteAllText(path, _root.ToJsonString());

    /// <summary>The smallest object that a schema allows, with some members given.</summary>
    /// <param name="schema">The schema's name.</param>
    /// <param name="members">Members with their values.</param>
    public JsonObject Make(string schema, params IEnumerable<(string Name, JsonNode? Value)> members)
    {
        var made = SmallestObject(_root["components"]!["schemas"]![schema]!.AsObject());
        foreach (var (name, value) in members)
        {
            made[name] = value;
        }

        return made;
    }

    private JsonNode? Smallest(JsonObject schema)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Smallest(reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode)_root, (node, key) => node[key]!).AsObject());
        }

        if (schema["nullable"] is { } nullable && (bool)nullable)
        {
            return null;
        }

        if ((schema["allOf"] ?? schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices)
        {
            return Smallest(choices[0]!.AsObject());
        }

        if (schema["enum"] is JsonArray { Count: > 0 } values)
        {
            return values[0]!.DeepClone();
        }

        return (string?)schema["type"] switch
        {
            "object" => SmallestObject(schema),
            "array" => new JsonArray(),
            "boolean" => false,
            "integer" or "number" => 1,
            "string" => (string?)schema["format"] switch
            {
                "uri" => "https://blog.example/",
                "date-time" => "2026-03-02T09:30:00Z",
                "email" => "owner@blog.example",
                _ => "text",
            },
            _ => schema.ContainsKey("properties") ? SmallestObject(schema) : new JsonObject(),
        };
    }

    private JsonObject SmallestObject(JsonObject schema)
    {
        var made = new JsonObject();
        foreach (var name in (schema["required"] as JsonArray ?? []).Select(name => (string)name!))
        {
            made[name] = schema["properties"]?[name] is JsonObject property ? Smallest(property) : null;
        }

        return made;
    }

    // In our words, after https://docs.github.com/rest/issues/comments, /rest/collaborators and /graphql.
    private const string Additions = """
        {
          "/repos/{owner}/{repo}/issues/{issue_number}/comments": {
            "post": {
              "parameters": [
                {"name": "owner", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "repo", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "issue_number", "in": "path", "required": true, "schema": {"type": "integer"}}
              ],
              "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["body"], "additionalProperties": false, "properties": {"body": {"type": "string"}}}}}},
              "responses": {"201": {"description": "Created", "content": {"application/json": {"schema": {"type": "object", "required": ["id", "body", "user", "created_at"], "properties": {"id": {"type": "integer"}, "body": {"type": "string"}, "user": {"$ref": "#/components/schemas/simple-user"}, "created_at": {"type": "string", "format": "date-time"}}}}}}}
            }
          },
          "/repos/{owner}/{repo}/collaborators/{username}/permission": {
            "get": {
              "parameters": [
                {"name": "owner", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "repo", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "username", "in": "path", "required": true, "schema": {"type": "string"}}
              ],
              "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object", "required": ["permission", "role_name"], "properties": {"permission": {"type": "string", "enum": ["admin", "write", "read", "none"]}, "role_name": {"type": "string"}}}}}}}
            }
          },
          "/graphql": {
            "post": {
              "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["query"], "additionalProperties": false, "properties": {"query": {"type": "string"}, "variables": {"type": "object"}}}}}},
              "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object", "properties": {"data": {"type": "object", "nullable": true}, "errors": {"type": "array", "items": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}}}}}}}}
            }
          }
        }
        """;
}
