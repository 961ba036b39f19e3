using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Feedback;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.SendFeedback;

/// <summary>
/// POST /api/send-feedback: takes Seldon's <c>{"request":…,"response":…,"reward":0..1,"truth":…}</c> and keeps it. The response's
/// <c>puid</c> names the text: a second word on it replaces the first.
/// </summary>
internal sealed class SendFeedbackFunction(FeedbackStore feedback, TimeProvider clock) : IHttpFunction
{
    private const int LongestBody = 1 << 20;

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > LongestBody)
        {
            return HttpAnswers.Error($"The feedback is longer than {LongestBody} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        // A body that does not say how long it is may not be longer either.
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = LongestBody;
        }

        FeedbackMessage? message;
        try
        {
            message = await JsonBody.ReadAsync(request, SendFeedbackJson.Default.FeedbackMessage, cancellationToken);
        }
        catch (JsonException exception)
        {
            return HttpAnswers.BadRequest($"The body is not valid: {exception.Message}");
        }

        if (message is not { Reward: >= 0 and <= 1 })
        {
            return HttpAnswers.BadRequest("""Send {"request":…,"response":…,"reward":0..1,"truth":…}; the reward is a number from 0 to 1.""");
        }

        await feedback.WriteAsync(
            new()
            {
                Id = FeedbackEntry.IdOf(Find(message.Response, "puid") ?? HashOf(message)),
                Reward = message.Reward.Value,
                Time = clock.GetUtcNow(),
                Version = Find(message.Response, "version"),
                Request = message.Request,
                Response = message.Response,
                Truth = message.Truth,
            },
            cancellationToken);
        return Results.Text("{}", "application/json", Encoding.UTF8, StatusCodes.Status202Accepted);
    }

    // In a prediction's meta or its tags, or at the top of a sample.
    private static string? Find(JsonElement? response, string name) =>
        response is not { ValueKind: JsonValueKind.Object } found ? null
        : Text(found, name) ?? (found.TryGetProperty("meta", out var meta) && meta.ValueKind == JsonValueKind.Object
            ? Text(meta, name) ?? (meta.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Object ? Text(tags, name) : null)
            : null);

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && JsonText.Of(value) is { Length: > 0 } text ? text : null;

    private static string HashOf(FeedbackMessage message) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{message.Request?.GetRawText()}\n{message.Response?.GetRawText()}\n{message.Truth?.GetRawText()}")))[..32];
}

/// <summary>Seldon's feedback message.</summary>
internal sealed record FeedbackMessage(JsonElement? Request, JsonElement? Response, double? Reward, JsonElement? Truth);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FeedbackMessage))]
internal sealed partial class SendFeedbackJson : JsonSerializerContext;
