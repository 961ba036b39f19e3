using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>Invocations as Azure's Functions host encodes them, in both of the ways that its versions have.</summary>
internal static class Payloads
{
    /// <summary>A well-formed invocation of any function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="wrapped">Whether texts come as their JSON text inside a string, or plain.</param>
    public static JsonObject For(FunctionDefinition function, bool wrapped) => function.Trigger.Type switch
    {
        "blobTrigger" => Blob(function, "notes/readme.txt", "{}"u8.ToArray(), wrapped),
        "timerTrigger" => Timer(function, wrapped),
        "httpTrigger" => Http(function, function.Trigger.Methods[0], """{"nonsense":true}""", wrapped),
        var other => throw new ArgumentException($"No payload for {other}."),
    };

    /// <summary>A blob that was written. A placeholder takes the whole name, or the part of it that it stands for.</summary>
    public static JsonObject Blob(FunctionDefinition function, string name, byte[] content, bool wrapped)
    {
        var placeholder = function.Trigger.Path!.Split('{', '}')[1];
        return new()
        {
            ["Data"] = new JsonObject { [function.Trigger.Name] = Convert.ToBase64String(content) },
            ["Metadata"] = new JsonObject
            {
                ["Uri"] = Text($"https://acct.blob.core.windows.net/{function.Trigger.Path!.Split('/')[0]}/{Uri.EscapeDataString(name)}", wrapped),
                ["Properties"] = new JsonObject { ["LastModified"] = "2026-09-21T09:00:00+00:00", ["ContentLength"] = content.Length, ["BlobType"] = 0 },
                ["Metadata"] = new JsonObject { ["author"] = "ana" },
                [placeholder] = Text(name, wrapped),
                ["sys"] = Sys(function),
            },
        };
    }

    /// <summary>A timer that fired.</summary>
    public static JsonObject Timer(FunctionDefinition function, bool wrapped)
    {
        var timer = new JsonObject
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = new JsonObject
            {
                ["Last"] = "0001-01-01T00:00:00",
                ["Next"] = "2026-09-21T09:00:00+00:00",
                ["LastUpdated"] = "2026-09-20T09:00:00.0031+00:00",
            },
            ["IsPastDue"] = false,
        };
        return new()
        {
            ["Data"] = new JsonObject { [function.Trigger.Name] = wrapped ? timer.ToJsonString() : timer },
            ["Metadata"] = new JsonObject { ["sys"] = Sys(function) },
        };
    }

    /// <summary>A request that the host does not forward.</summary>
    public static JsonObject Http(FunctionDefinition function, string method, string? body, bool wrapped, string query = "draft=true")
    {
        var route = Route(function);
        var parameters = new JsonObject { ["slug"] = null };
        foreach (var part in (function.Trigger.Route ?? "").Split('/').Where(part => part.StartsWith('{')))
        {
            parameters[part.Trim('{', '}', '?').Split(':')[0]] = "live";
        }

        var request = new JsonObject
        {
            ["Url"] = $"https://app.azurewebsites.net/api/{route}?{query}",
            ["Method"] = method.ToUpperInvariant(),
            ["Query"] = wrapped ? """{"draft":"true"}""" : new JsonObject { ["draft"] = "true" },
            ["Headers"] = new JsonObject
            {
                ["Host"] = new JsonArray("app.azurewebsites.net"),
                ["Content-Type"] = new JsonArray("application/json"),
                ["Accept"] = new JsonArray("application/json", "*/*"),
                ["x-functions-key"] = new JsonArray("REDACT-ME-0123456789"),
            },
            ["Params"] = parameters,
            ["Identities"] = new JsonArray(new JsonObject { ["AuthenticationType"] = "WebJobsAuthLevel", ["IsAuthenticated"] = true, ["Claims"] = new JsonArray() }),
        };
        if (body is not null)
        {
            request["Body"] = body;
        }

        return new()
        {
            ["Data"] = new JsonObject { [function.Trigger.Name] = request },
            ["Metadata"] = new JsonObject { ["Headers"] = new JsonObject { ["Host"] = "app.azurewebsites.net" }, ["draft"] = Text("true", wrapped), ["sys"] = Sys(function) },
        };
    }

    /// <summary>The function's route with its parameters filled in.</summary>
    public static string Route(FunctionDefinition function) =>
        string.Join('/', (function.Trigger.Route ?? function.Name).Split('/').Select(part => part.StartsWith('{') ? "live" : part));

    /// <summary>A text of the metadata.</summary>
    public static string Text(string text, bool wrapped) => wrapped ? JsonSerializer.Serialize(text) : text;

    private static JsonObject Sys(FunctionDefinition function) => new()
    {
        ["MethodName"] = function.Name,
        ["UtcNow"] = "2026-09-21T09:00:00.0120034Z",
        ["RandGuid"] = "0b2a7b1e-6f0a-4a53-9f57-3a1b5d7f2c90",
    };
}
