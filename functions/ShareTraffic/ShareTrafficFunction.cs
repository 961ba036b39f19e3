using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Functions.Hosting;
using Pipeline.Registry;

namespace Pipeline.Functions.ShareTraffic;

/// <summary>
/// POST /api/models/weights: gives a version a share of the requests beside the one in service; 0 lets it run in the shadow. Answers with
/// the routing as it is then.
/// </summary>
internal sealed partial class ShareTrafficFunction(RoutingStore routing, ModelStore models, TimeProvider clock, ILogger<ShareTrafficFunction> logger) : IHttpFunction
{
    private const string Example = """Send {"version":"…","hundredths":10}, with a "reason" if you like; hundredths from 0 to 99.""";

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ShareOrder? order;
        try
        {
            order = await JsonSerializer.DeserializeAsync(request.Body, ShareJson.Default.ShareOrder, cancellationToken);
        }
        catch (JsonException exception)
        {
            return HttpAnswers.BadRequest($"The body is not valid: {exception.Message} {Example}");
        }

        if (order is not { Version: { } version, Hundredths: >= 0 and < 100 })
        {
            return HttpAnswers.BadRequest(Example);
        }

        try
        {
            if (await models.ReadManifestAsync(version, cancellationToken) is null)
            {
                return HttpAnswers.Error($"There is no model version {version}.", StatusCodes.Status404NotFound);
            }

            var reason = string.IsNullOrWhiteSpace(order.Reason) ? "Asked for over HTTP." : order.Reason;
            var table = await routing.UpdateAsync(current => current.Share(version, order.Hundredths, reason, clock.GetUtcNow()), cancellationToken);
            Log.Shared(logger, version, order.Hundredths);
            return Results.Text(System.Text.Encoding.UTF8.GetString(table.ToJson()), "application/json");
        }
        catch (RegistryException exception)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status409Conflict);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Version} answers {Hundredths} hundredths of the requests now.")]
        public static partial void Shared(ILogger logger, string version, int hundredths);
    }
}

/// <summary>What to do.</summary>
/// <param name="Version">The version that gets the share.</param>
/// <param name="Hundredths">Its share, 0 to 99.</param>
/// <param name="Reason">Why; kept in the history.</param>
internal sealed record ShareOrder(string Version, int Hundredths, string? Reason = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ShareOrder))]
internal sealed partial class ShareJson : JsonSerializerContext;
