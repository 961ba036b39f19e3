using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.ReadOpenApi;
using Pipeline.Functions.Tests.Infra;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Page;

/// <summary>The description of all routes, against the standard and against the routes that there are. Its forms are held against real answers in the end-to-end tests.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task The_document_is_valid_by_the_published_schema_of_OpenAPI()
    {
        var script = Path.Combine(ProjectFolders.Root, "tests", "Functions.Tests", "Page", "validate-openapi.mjs");

        var said = await NodeScript.RunAsync(script, OpenApiDocument.Build().ToJsonString(), TestContext.Current.CancellationToken);

        Assert.Equal("valid 3.1", said.Trim());
    }

    [Fact]
    public void Every_route_is_described_and_every_description_is_of_a_route()
    {
        var routes = FunctionDefinition.ReadAll(Path.Combine(ProjectFolders.Root, "functions"))
            .Where(function => function.Trigger.Type == "httpTrigger")
            .SelectMany(function => function.Trigger.Methods.SelectMany(method => Paths(function.Trigger.Route!).Select(path => $"{method} {path}")));

        var described = OpenApiOperations.All.Select(operation => $"{operation.Method} {operation.Path}");

        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_needs_a_key_is_what_the_host_asks_one_for()
    {
        var guarded = FunctionDefinition.ReadAll(Path.Combine(ProjectFolders.Root, "functions"))
            .Where(function => function.Trigger is { Type: "httpTrigger", AuthLevel: not "anonymous" })
            .Select(function => "/" + function.Trigger.Route);

        var described = OpenApiOperations.All.Where(operation => operation.Access == OpenApiAccess.Action).Select(operation => operation.Path).Distinct();

        Assert.Equal(guarded.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Forms_say_what_may_be_null_and_what_must_be_there()
    {
        using var document = JsonDocument.Parse(OpenApiDocument.Build().ToJsonString());
        var run = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("RunAnswer");

        Assert.Equal(["points", "samples", "secondsLeft", "summary", "tokensPerSecond"], run.GetProperty("required").EnumerateArray().Select(name => name.GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(["number", "null"], run.GetProperty("properties").GetProperty("secondsLeft").GetProperty("type").EnumerateArray().Select(type => type.GetString()));
        Assert.Equal("array", run.GetProperty("properties").GetProperty("points").GetProperty("type").GetString());
    }

    // An optional parameter makes two paths of one route.
    private static IEnumerable<string> Paths(string route) => route.EndsWith("?}", StringComparison.Ordinal)
        ? ["/" + route[..(route.LastIndexOf('/') + 1)].TrimEnd('/'), "/" + route.Replace("?}", "}", StringComparison.Ordinal)]
        : ["/" + route];
}
