using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Hosting;
using Pipeline.GitHub;
using Pipeline.Storage;

namespace Pipeline.Functions.ReceivePush;

/// <summary>
/// POST /api/github: takes GitHub's webhooks. What they tell is checked and put down as a blob, which the next function works off; so GitHub
/// has its answer at once, and a delivery that comes twice does nothing twice.
/// </summary>
internal sealed partial class ReceivePushFunction(PipelineSettings settings, IBlobStore store, ILogger<ReceivePushFunction> logger) : IHttpFunction
{
    // What GitHub sends at most.
    private const int LargestBody = 25 * 1024 * 1024;

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        string[] secrets = [.. new[] { settings.WebhookSecret, settings.OldWebhookSecret }.Where(secret => !string.IsNullOrEmpty(secret)).Select(secret => secret!)];
        if (settings.GitHubRepository is not { Length: > 0 } configured || secrets.Length == 0)
        {
            return HttpAnswers.Error("No webhook is set up: set PIPELINE_GITHUB_REPOSITORY and PIPELINE_GITHUB_WEBHOOK_SECRET.", StatusCodes.Status503ServiceUnavailable);
        }

        if (await ReadAsync(request, cancellationToken) is not { } body)
        {
            return HttpAnswers.Error("The body has more than 25 MB, which is all that GitHub sends.", StatusCodes.Status413PayloadTooLarge);
        }

        if (!WebhookSignature.IsValid(request.Headers["X-Hub-Signature-256"], body, secrets))
        {
            Log.Refused(logger, "its signature is missing or wrong; the webhook's secret and PIPELINE_GITHUB_WEBHOOK_SECRET must be the same");
            return HttpAnswers.Error("The signature is missing or wrong.", StatusCodes.Status401Unauthorized);
        }

        JsonElement payload;
        try
        {
            payload = JsonSerializer.Deserialize(body, WebhookJson.Default.JsonElement);
        }
        catch (JsonException)
        {
            return HttpAnswers.BadRequest("The body is no JSON. Set the webhook's content type to application/json.");
        }

        var name = request.Headers["X-GitHub-Event"].ToString();
        if (name is not ("ping" or "push" or "pull_request" or "issue_comment"))
        {
            return Results.NoContent();
        }

        var repository = RepositoryName.Parse(configured);
        if (!repository.Is(WebhookPayload.RepositoryOf(payload)))
        {
            Log.Refused(logger, $"it is about another repository than {repository}");
            return HttpAnswers.Error("This webhook belongs to another repository.", StatusCodes.Status403Forbidden);
        }

        if (name == "ping")
        {
            return Results.Text("Pipeline listens.");
        }

        var delivery = request.Headers["X-GitHub-Delivery"].ToString();
        return WebhookPayload.Read(name, delivery, payload, repository) is { } told ? await PutDownAsync(told, body, cancellationToken) : Results.NoContent();
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > LargestBody)
        {
            return null;
        }

        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (body.Length + read > LargestBody)
            {
                return null;
            }

            body.Write(buffer.AsSpan(0, read));
        }

        return body.ToArray();
    }

    // Named by the body: the signature covers nothing else, so the same body under another delivery's name is somebody's copy.
    private async Task<IResult> PutDownAsync(GitHubEvent told, byte[] body, CancellationToken cancellationToken)
    {
        var name = new BlobName(Containers.Published, $"events/{Convert.ToHexStringLower(SHA256.HashData(body))}.json");
        try
        {
            await store.WriteAsync(name, JsonSerializer.SerializeToUtf8Bytes(told, GitHubEventJson.Default.GitHubEvent), BlobCondition.Absent, cancellationToken);
            return Results.Accepted();
        }
        catch (BlobConditionException)
        {
            var first = await store.ReadAsync(name, cancellationToken) is var (known, _) ? JsonSerializer.Deserialize(known, GitHubEventJson.Default.GitHubEvent) : null;
            if (first?.Delivery == told.Delivery)
            {
                return Results.Text("This delivery was taken before.");
            }

            Log.Refused(logger, "its signature was used by another delivery");
            return HttpAnswers.Error("The signature was used before.", StatusCodes.Status401Unauthorized);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A webhook was refused: {Reason}.")]
        public static partial void Refused(ILogger logger, string reason);
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class WebhookJson : System.Text.Json.Serialization.JsonSerializerContext;
