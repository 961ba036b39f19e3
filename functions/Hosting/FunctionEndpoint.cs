using System.Text.Json;

namespace Pipeline.Functions.Hosting;

/// <summary>Ties a declared function to its class: reads the payload of its trigger, runs it, answers in the host's form.</summary>
internal static partial class FunctionEndpoint
{
    private const string InvocationHeader = "X-Azure-Functions-InvocationId";

    // The host treats an empty or null body as a run that never ends, so success always has one.
    private const string Success = """{"Outputs":{},"Logs":[],"ReturnValue":null}""";

    /// <summary>Adds the function's endpoint.</summary>
    /// <exception cref="InvalidDataException">No class is registered for it, or its trigger is of another kind.</exception>
    public static void Map(WebApplication app, FunctionDefinition function)
    {
        switch (function.Trigger.Type)
        {
            case "httpTrigger":
                var http = Resolve<IHttpFunction>(app, function);
                app.MapMethods(
                    $"/{HandlerServer.RoutePrefix}/{function.Trigger.Route ?? function.Name}",
                    function.Trigger.Methods.Select(method => method.ToUpperInvariant()),
                    (HttpContext context) => AnswerAsync(http, context, LoggerOf(app, function)));
                break;
            case "blobTrigger":
                var blob = Resolve<IBlobFunction>(app, function);
                var pattern = new BlobPattern(function.Trigger.Path ?? throw new InvalidDataException($"{function.Name} has no path."));
                MapInvocation(app, function, (invocation, token) =>
                    blob.RunAsync(new(pattern.Fill(invocation.Text), invocation.Bytes(function.Trigger.Name)), token));
                break;
            case "timerTrigger":
                var timer = Resolve<ITimerFunction>(app, function);
                MapInvocation(app, function, (invocation, token) => timer.RunAsync(ReadTimer(invocation, function.Trigger.Name), token));
                break;
            default:
                throw new InvalidDataException($"{function.Name} has a trigger of type {function.Trigger.Type}, which this app does not know.");
        }
    }

    private static ILogger LoggerOf(WebApplication app, FunctionDefinition function) =>
        app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(function.Name);

    private static async Task AnswerAsync(IHttpFunction function, HttpContext context, ILogger logger)
    {
        IResult result;
        try
        {
            result = await function.RunAsync(context.Request, context.RequestAborted);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
        {
            // The function's edge: the caller gets the message, the log the whole.
            Log.Failed(logger, exception, context.Request.Headers[InvocationHeader].ToString());
            result = HttpAnswers.Error(exception.Message, StatusCodes.Status500InternalServerError);
        }

        await result.ExecuteAsync(context);
    }

    private static T Resolve<T>(WebApplication app, FunctionDefinition function)
        where T : class =>
        app.Services.GetKeyedService<T>(function.Name)
            ?? throw new InvalidDataException($"The function {function.Name} is declared but no {typeof(T).Name} of that name is registered.");

    private static void MapInvocation(WebApplication app, FunctionDefinition function, Func<Invocation, CancellationToken, Task> run)
    {
        var logger = LoggerOf(app, function);
        app.MapPost("/" + function.Name, async (HttpContext context) =>
        {
            var id = context.Request.Headers[InvocationHeader].ToString();
            try
            {
                var invocation = await Invocation.ReadAsync(context.Request.Body, context.RequestAborted);
                await run(invocation, context.RequestAborted);
                return Results.Text(Success, "application/json");
            }
            catch (InvocationException exception)
            {
                Log.BadInvocation(logger, id, exception.Message);
                return Results.Json(new ErrorAnswer(exception.Message), HostingJson.Default.ErrorAnswer, statusCode: StatusCodes.Status400BadRequest);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
            {
                // The function's edge: the host reads only the status and repeats the run; the cause belongs in the log.
                Log.Failed(logger, exception, id);
                return Results.Json(new ErrorAnswer(exception.Message), HostingJson.Default.ErrorAnswer, statusCode: StatusCodes.Status500InternalServerError);
            }
        });
    }

    private static TimerTrigger ReadTimer(Invocation invocation, string name) =>
        new(invocation.Object(name) is { ValueKind: JsonValueKind.Object } timer
            && timer.TryGetProperty("IsPastDue", out var pastDue) && pastDue.ValueKind == JsonValueKind.True);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Invocation {Id} refused: {Reason}")]
        public static partial void BadInvocation(ILogger logger, string id, string reason);

        [LoggerMessage(2, LogLevel.Error, "Invocation {Id} failed.")]
        public static partial void Failed(ILogger logger, Exception exception, string id);
    }
}
