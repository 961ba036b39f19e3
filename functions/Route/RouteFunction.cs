using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Deployment;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Route;

/// <summary>GET or POST /api/to/{name}: a route of the deployment in force, which is another function with settings for what the caller does not say.</summary>
internal sealed class RouteFunction(
    DeploymentStore deployments, [FromKeyedServices("Sample")] IHttpFunction sample, [FromKeyedServices("Predict")] IHttpFunction predict) : IHttpFunction
{
    private const int LongestBody = 1 << 20;

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // Through the host the path is there and no route values are.
        var name = request.RouteValues.TryGetValue("name", out var value) ? value?.ToString() : request.Path.Value?.Split('/')[^1];
        var routes = (await deployments.ReadAsync(cancellationToken))?.Manifest.Routes;
        if (name is null || routes?.GetValueOrDefault(name) is not { } route)
        {
            return HttpAnswers.Error($"The deployment has no route '{name}'; there are {(routes is { Count: > 0 } ? string.Join(", ", routes.Keys) : "none")}.", StatusCodes.Status404NotFound);
        }

        if (HttpMethods.IsPost(request.Method))
        {
            if (await AddToBodyAsync(request, route, cancellationToken) is { } problem)
            {
                return HttpAnswers.BadRequest(problem);
            }
        }
        else
        {
            var given = request.Query.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
            request.QueryString = request.QueryString.Add(QueryString.Create(
                route.Defaults.Where(setting => !given.Contains(setting.Key)).Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value.ToString()))));
        }

        return await (route.Function == "sample" ? sample : predict).RunAsync(request, cancellationToken);
    }

    // A sample's settings stand at the top of its body, a prediction's in meta.tags.
    private static async Task<string?> AddToBodyAsync(HttpRequest request, RoutePart route, CancellationToken cancellationToken)
    {
        if (request.ContentLength > LongestBody)
        {
            return $"The body is longer than {LongestBody} bytes.";
        }

        JsonNode? body;
        try
        {
            body = request.ContentLength is 0 ? new JsonObject() : await JsonNode.ParseAsync(request.Body, cancellationToken: cancellationToken);
        }
        catch (JsonException exception)
        {
            return $"The body is not valid: {exception.Message}";
        }

        if (body is not JsonObject message)
        {
            return "The body must be an object.";
        }

        try
        {
            var settings = route.Function == "sample" ? message : Inside(Inside(message, "meta"), "tags");
            foreach (var (key, setting) in route.Defaults.Where(setting => !settings.ContainsKey(setting.Key)))
            {
                settings[key] = JsonNode.Parse(setting.GetRawText());
            }
        }
        catch (InvalidOperationException)
        {
            return "meta and meta.tags must be objects.";
        }

        request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()));
        request.ContentLength = request.Body.Length;
        return null;
    }

    private static JsonObject Inside(JsonObject message, string name)
    {
        message[name] ??= new JsonObject();
        return message[name]!.AsObject();
    }
}
