using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Hosting;

/// <summary>The declarations that ship, against the rules of Azure's Functions host.</summary>
public sealed class FunctionDefinitionTests
{
    private static readonly string[] TriggerKinds = ["blobTrigger", "timerTrigger", "httpTrigger"];
    private static readonly string[] DeclaredSettings = ["POST_SCHEDULE", "TRAINING_SCHEDULE", "WATCH_SCHEDULE", "PIPELINE_POLL_SCHEDULE"];

    private static IReadOnlyList<FunctionDefinition> Shipped => FunctionDefinition.ReadAll(Path.Combine(ProjectFolders.Root, "functions"));

    [Fact]
    public void Each_function_has_a_trigger_that_the_app_knows()
    {
        Assert.NotEmpty(Shipped);
        Assert.All(Shipped, function => Assert.Contains(function.Trigger.Type, TriggerKinds));
    }

    [Fact]
    public void Routes_are_free_of_reserved_words_and_of_each_other()
    {
        var routes = Shipped.Where(function => function.Trigger.Type == "httpTrigger")
            .SelectMany(function => function.Trigger.Methods.Select(method => (Route: function.Trigger.Route ?? function.Name, Method: method)))
            .ToArray();
        Assert.All(routes, route => Assert.False(
            route.Route.StartsWith("admin", StringComparison.OrdinalIgnoreCase) || route.Route.StartsWith("runtime", StringComparison.OrdinalIgnoreCase)));
        Assert.All(routes, route => Assert.DoesNotContain("{*", route.Route, StringComparison.Ordinal));
        Assert.Equal(routes.Length, routes.Distinct().Count());
    }

    [Fact]
    public void All_but_the_page_is_below_api_so_that_no_request_reaches_the_path_of_a_timer_or_blob_function()
    {
        var outside = Shipped.Where(function => function.Trigger.Type == "httpTrigger" && !function.Trigger.Route!.StartsWith("api/", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["Page", "PageFile"], outside.Select(function => function.Name));
        Assert.All(outside, function => Assert.Equal(["get"], function.Trigger.Methods));
    }

    [Fact]
    public void Schedules_name_settings_that_exist()
    {
        var schedules = Shipped.Where(function => function.Trigger.Type == "timerTrigger").Select(function => function.Trigger.Schedule);
        Assert.All(schedules, schedule => Assert.Contains(schedule!.Trim('%'), DeclaredSettings));
    }

    [Fact]
    public void The_host_file_starts_the_handler()
    {
        using var host = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ProjectFolders.Root, "host.json")));
        var root = host.RootElement;
        Assert.Equal("2.0", root.GetProperty("version").GetString());
        var handler = root.GetProperty("customHandler");
        Assert.Equal("Pipeline.Functions", handler.GetProperty("description").GetProperty("defaultExecutablePath").GetString());
        Assert.True(handler.GetProperty("enableForwardingHttpRequest").GetBoolean());
        Assert.False(handler.TryGetProperty("http", out _));
        // The page is at the root; the host serves it there only without a prefix.
        Assert.Equal("", root.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        Assert.False(root.TryGetProperty("configurationProfile", out _));
    }

    [Fact]
    public void A_file_without_a_single_trigger_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Sub("Broken"));
        File.WriteAllText(folder.Sub("Broken", "function.json"), """{"bindings":[{"type":"http","name":"res"}]}""");
        var error = Assert.Throws<InvalidDataException>(() => FunctionDefinition.ReadAll(folder.FullName));
        Assert.Contains("Broken", error.Message, StringComparison.Ordinal);
    }
}
