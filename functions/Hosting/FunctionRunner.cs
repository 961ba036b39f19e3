using System.Diagnostics;
using Pipeline.Functions.Overview;
using Pipeline.Storage;

namespace Pipeline.Functions.Hosting;

/// <summary>Runs one function under its deadline, with its invocation's id on every log line, and turns whatever goes wrong into an answer.</summary>
internal sealed partial class FunctionRunner(string function, RunDeadlines deadlines, TimeProvider clock, FailureLog failures, ILogger logger)
{
    private const string InvocationHeader = "X-Azure-Functions-InvocationId";

    private readonly bool noted = FlowSteps.Noted.Contains(function);

    /// <summary>Runs a posted invocation and writes the host's form of the result.</summary>
    /// <param name="context">The host's request.</param>
    /// <param name="run">The run; gives the body of the answer.</param>
    public async Task RunInvocationAsync(HttpContext context, Func<Invocation, CancellationToken, Task<byte[]>> run)
    {
        using var scope = logger.BeginScope(ScopeOf(context));
        IResult answer;
        using var deadline = new CancellationTokenSource(deadlines.Invocation, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
        var started = clock.GetTimestamp();
        Activity? activity = null;
        var subject = "";
        try
        {
            using var invocation = await Invocation.ReadAsync(context.Request.Body, stop.Token);
            subject = invocation.Text("BlobTrigger") ?? invocation.Text("Uri")?.Replace("file:///", "", StringComparison.Ordinal) ?? "";
            activity = Telemetry.StartInvocation(function, invocation.UserMetadata(TraceContext.Key));
            answer = Results.Bytes(await run(invocation, stop.Token), "application/json");
            Telemetry.Count(function, clock.GetElapsedTime(started), "done");
            if (noted)
            {
                await failures.ForgetAsync(function, subject, stop.Token);
            }
        }
        catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The function's edge: the host reads only the status and repeats the run; the cause belongs in the log.
            answer = Failed(exception, IdOf(context), deadline.IsCancellationRequested, deadlines.Invocation);
            activity?.SetStatus(ActivityStatusCode.Error, Redactor.Clean(exception.Message));
            Telemetry.Count(function, clock.GetElapsedTime(started), "failed");
            await NoteAsync(subject, exception, context.RequestAborted);
        }
        finally
        {
            activity?.Dispose();
        }

        await answer.ExecuteAsync(context);
    }

    /// <summary>Answers an HTTP request.</summary>
    /// <param name="http">The function.</param>
    /// <param name="context">The caller's request.</param>
    /// <param name="outer">The host's request, which is the same one where the host forwards.</param>
    public async Task AnswerAsync(IHttpFunction http, HttpContext context, HttpContext outer)
    {
        using var scope = logger.BeginScope(ScopeOf(outer));
        using var deadline = new CancellationTokenSource(deadlines.Http, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(outer.RequestAborted, deadline.Token);
        using var activity = Telemetry.StartRequest(function, context.Request);
        var started = clock.GetTimestamp();
        // What the function's result writes, a stream for example, ends with the deadline too.
        context.RequestAborted = stop.Token;
        IResult answer;
        try
        {
            answer = await http.RunAsync(context.Request, stop.Token);
            Telemetry.Count(function, clock.GetElapsedTime(started), "done");
            await NoteAsync(answer, stop.Token);
        }
        catch (Exception exception) when (!outer.RequestAborted.IsCancellationRequested)
        {
            // The function's edge: the caller gets the message, the log the whole.
            answer = Failed(exception, IdOf(outer), deadline.IsCancellationRequested, deadlines.Http);
            activity?.SetStatus(ActivityStatusCode.Error, Redactor.Clean(exception.Message));
            Telemetry.Count(function, clock.GetElapsedTime(started), "failed");
            await NoteAsync("", exception, outer.RequestAborted);
        }

        await answer.ExecuteAsync(context);
    }

    // The page shows what failed until it succeeds; a caller's mistake is none of ours.
    private Task NoteAsync(string subject, Exception failure, CancellationToken cancellationToken) => noted && failure is not (InvocationException or BadHttpRequestException)
        ? failures.NoteAsync(function, subject, Redactor.Clean(failure.Message), cancellationToken)
        : Task.CompletedTask;

    // An answer that only asks to come again says nothing either way.
    private Task NoteAsync(IResult answer, CancellationToken cancellationToken) => (noted, answer) switch
    {
        (true, IStatusCodeHttpResult { StatusCode: >= 500 and not StatusCodes.Status503ServiceUnavailable } and IValueHttpResult { Value: ErrorAnswer error }) =>
            failures.NoteAsync(function, "", Redactor.Clean(error.Error), cancellationToken),
        (true, not IStatusCodeHttpResult or IStatusCodeHttpResult { StatusCode: null or < 400 }) => failures.ForgetAsync(function, "", cancellationToken),
        _ => Task.CompletedTask,
    };

    private IResult Failed(Exception exception, string id, bool late, TimeSpan limit)
    {
        switch (exception)
        {
            case InvocationException:
                Log.Refused(logger, id, exception.Message);
                return HttpAnswers.BadRequest(exception.Message);
            case BadHttpRequestException bad:
                Log.Refused(logger, id, bad.Message);
                return HttpAnswers.Error(bad.Message, bad.StatusCode);
            case OperationCanceledException when late:
                Log.Late(logger, id, limit);
                return HttpAnswers.Error($"{function} was stopped after {limit}, its own deadline; it can be run again.", StatusCodes.Status500InternalServerError);
            default:
                Log.Failed(logger, exception, id);
                return HttpAnswers.Error(Redactor.Clean(exception.Message), StatusCodes.Status500InternalServerError);
        }
    }

    private InvocationScope ScopeOf(HttpContext context) => new(function, IdOf(context));

    private static string IdOf(HttpContext context) => context.Request.Headers[InvocationHeader] is [var id, ..] ? id ?? "" : "";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Invocation {Id} refused: {Reason}")]
        public static partial void Refused(ILogger logger, string id, string reason);

        [LoggerMessage(2, LogLevel.Error, "Invocation {Id} failed.")]
        public static partial void Failed(ILogger logger, Exception exception, string id);

        [LoggerMessage(3, LogLevel.Error, "Invocation {Id} was stopped after {Limit}, its own deadline.")]
        public static partial void Late(ILogger logger, string id, TimeSpan limit);
    }
}
