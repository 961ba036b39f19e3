using System.Diagnostics;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Serving;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.PublishPost;

/// <summary>Runs on a timer: writes the day's post, unless the day has one.</summary>
internal sealed partial class PublishPostFunction(DailyPost posts, RoutingStore routing, IBlobStore store, ILogger<PublishPostFunction> logger) : ITimerFunction
{
    /// <inheritdoc />
    public async Task RunAsync(TimerTrigger timer, CancellationToken cancellationToken)
    {
        // The post goes on with the trace of the model that writes it, however long ago that was and whoever put it in service.
        var manifest = (await routing.ReadAsync(cancellationToken)).Stable is { } version
            ? await store.FindAsync(ModelStore.BlobOf(version, ModelManifest.FileName), cancellationToken)
            : null;
        using var activity = Telemetry.Start("PublishPost post", ActivityKind.Internal, manifest?.Metadata.GetValueOrDefault(TraceContext.Key));
        PublishAnswer answer;
        try
        {
            answer = await posts.WriteTodayAsync(cancellationToken);
        }
        catch (NoModelException exception)
        {
            // A new installation: a later day has a model.
            Log.NotYet(logger, exception.Message);
            return;
        }

        if (answer.Path is null)
        {
            Log.NoPost(logger, answer.Day, answer.Reason ?? "");
        }
        else
        {
            Log.Posted(logger, answer.Day, answer.Path, answer.Branch ?? "", answer.Reason ?? "new");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The post of {Day} is {Path} on branch {Branch} ({Reason}).")]
        public static partial void Posted(ILogger logger, DateOnly day, string path, string branch, string reason);

        [LoggerMessage(3, LogLevel.Information, "No post today: {Reason}")]
        public static partial void NotYet(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Warning, "No post on {Day}: {Reason}")]
        public static partial void NoPost(ILogger logger, DateOnly day, string reason);
    }
}
