using System.Text.Json.Serialization;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Serving;
using Pipeline.Generation;
using Pipeline.Registry;

namespace Pipeline.Functions.Health;

/// <summary>
/// GET /api/health/live says that the process answers; /ready that the model in service gives the golden logits to the golden prompt,
/// now, in this process.
/// </summary>
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
            if (loan.Manifest.Golden is { } golden)
            {
                return golden.Problem(loan.Model) is { } problem
                    ? HttpAnswers.Error($"{loan.Manifest.Version} is not what it was. {problem} Delete its copy in the model cache, or roll back.", StatusCodes.Status503ServiceUnavailable)
                    : Results.Json(new HealthAnswer("ready", loan.Manifest.Version) { Golden = true }, HealthJson.Default.HealthAnswer);
            }

            // A version from before answers were noted: all that can be seen is that it writes.
            await new TextGenerator(loan.Model).GenerateAsync(
                new GenerationRequest { Sampling = SamplingOptions.Greedy with { MaxTokens = 1 } }, cancellationToken);
            return Results.Json(new HealthAnswer("ready", loan.Manifest.Version), HealthJson.Default.HealthAnswer);
        }
        catch (Exception exception) when (exception is NoModelException or ModelException or RegistryException or IOException)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }
}

/// <summary>How the app is.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
/// <param name="Version">The model version in service.</param>
internal sealed record HealthAnswer(string Status, string? Version)
{
    /// <summary>Whether the version's golden logits were compared; null if it has none, or was not asked.</summary>
    public bool? Golden { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
