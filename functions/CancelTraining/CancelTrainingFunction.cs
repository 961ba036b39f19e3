using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Training;
using Pipeline.Runs;

namespace Pipeline.Functions.CancelTraining;

/// <summary>
/// POST /api/train/cancel: the run that goes on saves and stops, wherever it runs. A start by hand goes on with it; by itself training
/// starts again when the corpus is another one.
/// </summary>
internal sealed partial class CancelTrainingFunction(
    ITrainingLauncher launcher, TrainingCancellation cancellation, RunReader runs, ILogger<CancelTrainingFunction> logger) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var running = (await runs.ListAsync(cancellationToken)).FirstOrDefault(run => run.Status == RunStatus.Running);
        var launched = await launcher.FindAsync(cancellationToken);
        if (running is null && launched is not { State: TrainingRunState.Running })
        {
            return HttpAnswers.Error("No training run is going on.", StatusCodes.Status409Conflict);
        }

        await cancellation.RequestAsync(running?.CorpusId, cancellationToken);
        await launcher.StopAsync(cancellationToken);
        var name = running?.Run ?? launched!.Id;
        Log.Cancelled(logger, name);
        return Results.Json(new CancelAnswer(name), CancelJson.Default.CancelAnswer, statusCode: StatusCodes.Status202Accepted);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The training run {Run} was cancelled over HTTP.")]
        public static partial void Cancelled(ILogger logger, string run);
    }
}

/// <summary>What is being stopped.</summary>
/// <param name="Run">The run's name.</param>
internal sealed record CancelAnswer(string Run);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(CancelAnswer))]
internal sealed partial class CancelJson : System.Text.Json.Serialization.JsonSerializerContext;
