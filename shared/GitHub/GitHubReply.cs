using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Pipeline.GitHub;

/// <summary>One answer, read to its end.</summary>
internal sealed class GitHubReply
{
    private readonly TimeSpan? _retryAfter;
    private readonly DateTimeOffset? _limitEnds;
    private readonly string _signature;

    public GitHubReply(HttpResponseMessage response, byte[] body, string signature, DateTimeOffset now)
    {
        _signature = signature;
        Status = response.StatusCode;
        Body = body;
        ETag = response.Headers.ETag?.ToString();
        Location = response.Headers.Location;
        _retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
            _ => null,
        };
        _limitEnds = Header(response, "x-ratelimit-remaining") == "0"
            && long.TryParse(Header(response, "x-ratelimit-reset"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
        Permissions = Header(response, "x-accepted-github-permissions");
    }

    public HttpStatusCode Status { get; }

    public byte[] Body { get; }

    public string? ETag { get; }

    public Uri? Location { get; }

    /// <summary>What the call would have needed, as GitHub says it.</summary>
    public string? Permissions { get; }

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>GitHub's own words, without the token should they hold it; empty without.</summary>
    public string Message
    {
        get
        {
            try
            {
                var error = JsonSerializer.Deserialize(Body, GitHubJson.Default.ErrorReply);
                var details = error?.Errors?.Select(detail => detail.ValueKind switch
                {
                    JsonValueKind.String => detail.GetString(),
                    JsonValueKind.Object when detail.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String => message.GetString(),
                    JsonValueKind.Object when detail.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String => code.GetString(),
                    _ => null,
                }).Where(detail => detail is not null);
                return Clean(string.Join("; ", new[] { error?.Message }.Concat(details ?? []).Where(part => !string.IsNullOrWhiteSpace(part))));
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                // No JSON, or texts in it that are none: some gateway's page.
                return Clean(Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 2000))));
            }
        }
    }

    /// <summary>Whether either kind of rate limit refused the call (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).</summary>
    public bool IsRateLimited => Status is HttpStatusCode.TooManyRequests or HttpStatusCode.Forbidden
        && (_retryAfter is not null || _limitEnds is not null || Status == HttpStatusCode.TooManyRequests
            || Message.Contains("rate limit", StringComparison.OrdinalIgnoreCase));

    /// <summary>How long the limit says to wait. A secondary limit that names no time wants a minute, and longer each time.</summary>
    public TimeSpan LimitWait(DateTimeOffset now, int attempt) =>
        _retryAfter ?? (_limitEnds is { } end ? (end > now ? end - now : TimeSpan.Zero) + TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1 << Math.Min(attempt, 6)));

    private string Clean(string text) => text.Replace(_signature, "…", StringComparison.Ordinal);

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
