using System.Text.Json;
using Pipeline.Costs;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.TrainNow;

/// <summary>
/// POST /api/train: starts a training run by hand; an empty body takes the configured settings. GET /api/train: the run that is
/// going on or was last.
/// </summary>
internal sealed class TrainNowFunction(ITrainingLauncher launcher, TrainingCancellation cancellation) : IHttpFunction
{
    private const string Example = """{"preset":"tiny","seed":1,"force":false,"overrides":{"steps":100}}""";

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (HttpMethods.IsGet(request.Method))
        {
            return await launcher.FindAsync(cancellationToken) is { } run
                ? Results.Json(run, TrainingJson.Default.TrainingRun)
                : HttpAnswers.Error("No training run was started yet.", StatusCodes.Status404NotFound);
        }

        TrainingRequest? training;
        try
        {
            training = request.ContentLength is null or 0
                ? new()
                : await JsonSerializer.DeserializeAsync(request.Body, TrainingJson.Default.TrainingRequest, cancellationToken);
        }
        catch (JsonException exception)
        {
            return HttpAnswers.BadRequest($"The body is not valid: {exception.Message}");
        }

        if ((training is null ? "the body is null." : training.Problem()) is { } problem)
        {
            return HttpAnswers.BadRequest($"{problem} Send an object such as {Example}.");
        }

        try
        {
            await cancellation.WithdrawAsync(cancellationToken);
            var start = await launcher.StartAsync(training!, cancellationToken);
            return start.Started
                ? Results.Json(start.Run, TrainingJson.Default.TrainingRun, statusCode: StatusCodes.Status202Accepted)
                : HttpAnswers.Error($"The training run {start.Run.Id} is going on; wait until it ends.", StatusCodes.Status409Conflict);
        }
        catch (CapReachedException exception)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status409Conflict);
        }
    }
}
