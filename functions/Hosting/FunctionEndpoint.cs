using System.Text.Json;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// Ties a declared function to its class: reads the payload of its trigger, runs it, answers in the host's form. This is all that
/// knows the custom handler's protocol; the functions do not.
/// </summary>
internal static class FunctionEndpoint
{
    // The host treats an empty or null body as a run that never ends, so success always has one.
    private static readonly byte[] Success = """{"Outputs":{},"Logs":[],"ReturnValue":null}"""u8.ToArray();

    /// <summary>Adds the function's endpoints: a post to its name, and for HTTP functions the forwarded request too.</summary>
    /// <exception cref="InvalidDataException">No class is registered for it, or its trigger is of another kind.</exception>
    public static void Map(WebApplication app, FunctionDefinition function)
    {
        var runner = new FunctionRunner(
            function.Name,
            app.Services.GetRequiredService<RunDeadlines>(),
            app.Services.GetRequiredService<TimeProvider>(),
            app.Services.GetRequiredService<Overview.FailureLog>(),
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(function.Name));
        switch (function.Trigger.Type)
        {
            case "httpTrigger":
                MapHttp(app, function, Resolve<IHttpFunction>(app, function), runner);
                break;
            case "blobTrigger":
                MapBlob(app, function, Resolve<IBlobFunction>(app, function), runner);
                break;
            case "timerTrigger":
                var timer = Resolve<ITimerFunction>(app, function);
                app.MapPost("/" + function.Name, context => runner.RunInvocationAsync(context, async (invocation, token) =>
                {
                    await timer.RunAsync(ReadTimer(invocation, function.Trigger.Name), token);
                    return Success;
                }));
                break;
            default:
                throw new InvalidDataException($"{function.Name} has a trigger of type {function.Trigger.Type}, which this app does not know.");
        }
    }

    private static void MapHttp(WebApplication app, FunctionDefinition function, IHttpFunction http, FunctionRunner runner)
    {
        app.MapMethods(
            "/" + (function.Trigger.Route ?? function.Name),
            function.Trigger.Methods.Select(method => method.ToUpperInvariant()),
            (RequestDelegate)(context => runner.AnswerAsync(http, context, context)));
        app.MapPost("/" + function.Name, context => runner.RunInvocationAsync(context, async (invocation, _) =>
        {
            var inner = HttpEnvelope.Open(invocation.Object(function.Trigger.Name), context);
            await runner.AnswerAsync(http, inner, context);
            return HttpEnvelope.Close(inner.Response, function.HttpOutput ?? "res");
        }));
    }

    private static void MapBlob(WebApplication app, FunctionDefinition function, IBlobFunction blob, FunctionRunner runner)
    {
        var pattern = new BlobPattern(function.Trigger.Path ?? throw new InvalidDataException($"{function.Name} has no path."));
        app.MapPost("/" + function.Name, context => runner.RunInvocationAsync(context, async (invocation, token) =>
        {
            await blob.RunAsync(new(pattern.Fill(invocation.Text), invocation.Bytes(function.Trigger.Name)), token);
            return Success;
        }));
    }

    private static T Resolve<T>(WebApplication app, FunctionDefinition function)
        where T : class =>
        app.Services.GetKeyedService<T>(function.Name)
            ?? throw new InvalidDataException($"The function {function.Name} is declared but no {typeof(T).Name} of that name is registered.");

    private static TimerTrigger ReadTimer(Invocation invocation, string name)
    {
        var timer = invocation.Object(name);
        return timer.ValueKind == JsonValueKind.Object
            ? new(timer.TryGetProperty("IsPastDue", out var pastDue) && pastDue.ValueKind == JsonValueKind.True)
            : throw new InvocationException($"Data.{name} is no timer.");
    }
}
