using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Functions.Hosting;
using Pipeline.Registry;

namespace Pipeline.Functions.Rollback;

/// <summary>
/// POST /api/models/rollback: takes the version in service out for the last good one, or for a named one; pins what serves then, or
/// unpins. Answers with the routing as it is then.
/// </summary>
internal sealed partial class RollbackFunction(RoutingStore routing, ModelStore models, TimeProvider clock, ILogger<RollbackFunction> logger) : IHttpFunction
{
    private const string DefaultReason = "Asked for over HTTP.";

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        RollbackRequest? order;
        try
        {
            order = request.ContentLength is 0 or null && request.Headers.TransferEncoding.Count == 0
                ? new()
                : await JsonSerializer.DeserializeAsync(request.Body, RollbackJson.Default.RollbackRequest, cancellationToken);
        }
        catch (JsonException exception)
        {
            return HttpAnswers.BadRequest($"The body is not valid: {exception.Message}");
        }

        if (order is null or { Pin: true, Unpin: true })
        {
            return HttpAnswers.BadRequest("""Send {}, {"version":"…"}, {"pin":true}, {"version":"…","pin":true} or {"unpin":true}, each with a "reason" if you like.""");
        }

        try
        {
            if (order.Version is { } version)
            {
                if (await models.ReadManifestAsync(version, cancellationToken) is not { } manifest)
                {
                    return HttpAnswers.Error($"There is no model version {version}.", StatusCodes.Status404NotFound);
                }

                if (manifest.PrivacyFault is { } fault)
                {
                    return HttpAnswers.Error($"{version} must not serve. {fault}", StatusCodes.Status409Conflict);
                }
            }

            var table = await routing.UpdateAsync(current => Change(current, order, clock.GetUtcNow()), cancellationToken);
            Log.Changed(logger, table.Stable ?? "nothing", table.Pinned is null ? "not pinned" : "pinned");
            return Results.Text(System.Text.Encoding.UTF8.GetString(table.ToJson()), "application/json");
        }
        catch (RegistryException exception)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status409Conflict);
        }
    }

    private static RoutingTable Change(RoutingTable table, RollbackRequest order, DateTimeOffset time)
    {
        var reason = string.IsNullOrWhiteSpace(order.Reason) ? DefaultReason : order.Reason;
        return order switch
        {
            { Unpin: true } => table.Unpin(reason, time),
            { Version: { } version, Pin: true } => table.Pin(version, reason, time),
            { Version: { } version } => version == table.Stable ? table : table.Promote(version, reason, time),
            { Pin: true } => table.Stable is { } stable ? table.Pin(stable, reason, time) : throw new RegistryException("There is no model in service to pin."),
            _ => table.RollBack(reason, time),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Version} is in service now, {Pinned}.")]
        public static partial void Changed(ILogger logger, string version, string pinned);
    }
}

/// <summary>What to do.</summary>
/// <param name="Version">The version to put in service; null takes the last good one.</param>
/// <param name="Pin">Whether it serves alone until it is unpinned; without a version, that is the one in service.</param>
/// <param name="Unpin">Whether versions may take over again.</param>
/// <param name="Reason">Why; kept in the history.</param>
internal sealed record RollbackRequest(string? Version = null, bool Pin = false, bool Unpin = false, string? Reason = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(RollbackRequest))]
internal sealed partial class RollbackJson : JsonSerializerContext;
