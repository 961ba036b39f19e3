using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.TrainNow;

/// <summary>POST /api/train: starts a training run by hand; an empty body takes the configured settings. Answers with the run's id.</summary>
internal sealed partial class TrainNowFunction(TrainingStarter training) : IHttpFunction
{
    private const int LongestValue = 100;

    // Where the job reads and writes is the app's affair, not the caller's.
    private static readonly string[] Forbidden = ["store", "work", "output", "data", "preset", "seed"];

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        TrainingRequest? order;
        try
        {
            order = request.ContentLength is 0 or null && request.Headers.TransferEncoding.Count == 0
                ? new()
                : await JsonSerializer.DeserializeAsync(request.Body, TrainNowJson.Default.TrainingRequest, cancellationToken);
        }
        catch (JsonException exception)
        {
            return HttpAnswers.BadRequest($"The body is not valid: {exception.Message}");
        }

        if (order is null || order.Preset is not (null or "tiny" or "small"))
        {
            return HttpAnswers.BadRequest("""Send an object such as {"preset":"tiny","seed":1,"force":false,"overrides":{"steps":"100"}}; preset is tiny or small.""");
        }

        foreach (var (name, value) in order.Overrides ?? new Dictionary<string, string>())
        {
            if (!Setting().IsMatch(name) || Forbidden.Contains(name) || value is null || value.Length > LongestValue || value.StartsWith('-'))
            {
                return HttpAnswers.BadRequest($"'{name}' cannot be overridden with '{value}'. Name a setting of training such as steps or learningRate, with a number.");
            }
        }

        return await training.StartAsync(order, cancellationToken) is { } run
            ? Results.Json(new TrainNowAnswer(run), TrainNowJson.Default.TrainNowAnswer, statusCode: StatusCodes.Status202Accepted)
            : HttpAnswers.Error("A training run is going on; wait until it ends.", StatusCodes.Status409Conflict);
    }

    [GeneratedRegex(@"\A[a-z][A-Za-z]{0,39}\z")]
    private static partial Regex Setting();
}

/// <summary>A run that was started.</summary>
/// <param name="Run">Its id, as in <c>registry/training.json</c>.</param>
internal sealed record TrainNowAnswer(string Run);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TrainingRequest))]
[JsonSerializable(typeof(TrainNowAnswer))]
internal sealed partial class TrainNowJson : JsonSerializerContext;
