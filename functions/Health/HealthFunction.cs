using System.Text.Json.Serialization;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Serving;
using Pipeline.Generation;

namespace Pipeline.Functions.Health;

/// <summary>GET /api/health/live says that the process answers; /ready says that the model in service loads and writes.</summary>
internal sealed class HealthFunction(ServingModels models) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        switch (request.RouteValues["probe"] as string)
        {
            case "live":
                return Results.Json(new HealthAnswer("live", null), HealthJson.Default.HealthAnswer);
            case "ready":
                return await ReadyAsync(cancellationToken);
            default:
                return HttpAnswers.Error("Ask for /api/health/live or /api/health/ready.", StatusCodes.Status404NotFound);
        }
    }

    private async Task<IResult> ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var loan = await models.BorrowAsync(cancellationToken);
            await new TextGenerator(loan.Model).GenerateAsync(
                new GenerationRequest { Sampling = SamplingOptions.Greedy with { MaxTokens = 1 } }, cancellationToken);
            return Results.Json(new HealthAnswer("ready", loan.Manifest.Version), HealthJson.Default.HealthAnswer);
        }
        catch (Exception exception) when (exception is NoModelException or ModelException or IOException)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }
}

/// <summary>How the app is.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
/// <param name="Version">The model version in service.</param>
internal sealed record HealthAnswer(string Status, string? Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
