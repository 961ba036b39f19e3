using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.TrainNow;

/// <summary>POST /api/train: starts a training run by hand; an empty body takes the configured settings.</summary>
internal sealed class TrainNowFunction(ITrainingLauncher launcher) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
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

        if (training is null || training.Preset is not (null or "tiny" or "small"))
        {
            return HttpAnswers.BadRequest("""Send an object such as {"preset":"tiny","seed":1,"force":false}; preset is tiny or small.""");
        }

        return launcher.TryStart(training)
            ? Results.Json(training, TrainingJson.Default.TrainingRequest, statusCode: StatusCodes.Status202Accepted)
            : HttpAnswers.Error("A training run is going on; wait until it ends.", StatusCodes.Status409Conflict);
    }
}
