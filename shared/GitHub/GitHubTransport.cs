using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly;
using Polly.Retry;

namespace Pipeline.GitHub;

/// <summary>
/// Calls GitHub's REST API: signs, repeats what may be repeated, waits as rate limits ask, asks with ETags, and turns failures into
/// <see cref="GitHubException"/>.
/// </summary>
internal sealed class GitHubTransport
{
    private const int Repeats = 4;

    private readonly HttpClient _http;
    private readonly IGitHubCredential _credential;
    private readonly GitHubOptions _options;
    private readonly TimeProvider _clock;
    private readonly ReadCache _cache = new();
    private readonly ResiliencePipeline<GitHubReply> _repeating;
    private readonly ResiliencePipeline<GitHubReply> _cautious;

    public GitHubTransport(HttpClient http, IGitHubCredential credential, GitHubOptions options, TimeProvider clock, Random random)
    {
        (_http, _credential, _options, _clock) = (http, credential, options, clock);
        _repeating = Pipeline(repeatable: true, random);
        _cautious = Pipeline(repeatable: false, random);
    }

    /// <summary>Reads something; null if there is no such thing.</summary>
    public async Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var known = _cache.Find(path);
        var reply = await CallAsync(HttpMethod.Get, path, body: null, known?.ETag, _repeating, cancellationToken);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        if (reply.Status == HttpStatusCode.NotModified && known is { } cached)
        {
            return Read(cached.Body, type, $"GET /{path}");
        }

        Check(HttpMethod.Get, path, reply);
        if (reply.ETag is { } etag)
        {
            _cache.Keep(path, etag, reply.Body);
        }

        return Read(reply.Body, type, $"GET /{path}");
    }

    /// <summary>Changes something.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="path">The path below the base address.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="bodyType">Its JSON form.</param>
    /// <param name="type">The answer's JSON form.</param>
    /// <param name="repeatable">Whether the call may be sent again after a failure that leaves open whether GitHub obeyed.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<T> SendAsync<TBody, T>(
        HttpMethod verb, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, bool repeatable, CancellationToken cancellationToken)
        where T : class
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
        var reply = await CallAsync(verb, path, bytes, etag: null, repeatable ? _repeating : _cautious, cancellationToken);
        Check(verb, path, reply);
        return Read(reply.Body, type, $"{verb} /{path}");
    }

    /// <summary>Where a call that answers with another address leads.</summary>
    public async Task<Uri> FindRedirectAsync(string path, CancellationToken cancellationToken)
    {
        var reply = await CallAsync(HttpMethod.Get, path, body: null, etag: null, _repeating, cancellationToken);
        if (reply is { Status: HttpStatusCode.Found, Location: { } location })
        {
            return new Uri(_options.BaseAddress, location);
        }

        Check(HttpMethod.Get, path, reply);
        throw new GitHubException(GitHubFailure.Other, $"GET /{path}", "GitHub's answer names no address to download from.", reply.Status);
    }

    private ResiliencePipeline<GitHubReply> Pipeline(bool repeatable, Random random) =>
        new ResiliencePipelineBuilder<GitHubReply> { TimeProvider = _clock }
            .AddRetry(new RetryStrategyOptions<GitHubReply>
            {
                MaxRetryAttempts = Repeats,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(1),
                MaxDelay = _options.LongestWait,
                Randomizer = () =>
                {
                    lock (random)
                    {
                        return random.NextDouble();
                    }
                },
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome switch
                {
                    { Exception: HttpRequestException or TimeoutException } => repeatable,
                    { Result: { IsRateLimited: true } reply } => reply.LimitWait(_clock.GetUtcNow(), arguments.AttemptNumber) <= _options.LongestWait,
                    { Result: { } reply } => repeatable && (int)reply.Status is 500 or (>= 502 and <= 504),
                    _ => false,
                }),
                // Null leaves it to the jittered back-off.
                DelayGenerator = arguments => ValueTask.FromResult(
                    arguments.Outcome.Result is { IsRateLimited: true } reply ? reply.LimitWait(_clock.GetUtcNow(), arguments.AttemptNumber) : (TimeSpan?)null),
            })
            .Build();

    private async Task<GitHubReply> CallAsync(
        HttpMethod verb, string path, byte[]? body, string? etag, ResiliencePipeline<GitHubReply> pipeline, CancellationToken cancellationToken)
    {
        try
        {
            return await pipeline.ExecuteAsync(
                async token =>
                {
                    var signature = await _credential.TokenAsync(token);
                    var reply = await SendOnceAsync(verb, path, body, etag, signature, token);
                    return reply.Status == HttpStatusCode.Unauthorized && _credential.Refused(signature)
                        ? await SendOnceAsync(verb, path, body, etag, await _credential.TokenAsync(token), token)
                        : reply;
                },
                cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            var cause = exception is TimeoutException ? $"did not answer within {_options.Timeout.TotalSeconds:0.#} s" : $"cannot be reached ({exception.Message})";
            throw new GitHubException(
                GitHubFailure.Unavailable, $"{verb} /{path}", $"{_options.BaseAddress.Host} {cause}. Nothing needs to be done if it answers again later; else see PIPELINE_GITHUB_API and the network.", innerException: exception);
        }
    }

    private async Task<GitHubReply> SendOnceAsync(HttpMethod verb, string path, byte[]? body, string? etag, string signature, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(verb, new Uri(_options.BaseAddress, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", signature);
        // The second one for gateways that know only plain JSON.
        request.Headers.Accept.ParseAdd("application/vnd.github+json, application/json");
        request.Headers.UserAgent.ParseAdd("Pipeline/0.1");
        request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
        if (etag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            return new GitHubReply(response, await response.Content.ReadAsByteArrayAsync(limit.Token), signature, _clock.GetUtcNow());
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("No answer in time.", exception);
        }
    }

    private void Check(HttpMethod verb, string path, GitHubReply reply)
    {
        if (!reply.IsSuccess)
        {
            throw GitHubFailures.Of(reply, $"{verb} /{path}", _options.Repository, _clock.GetUtcNow());
        }
    }

    private static T Read<T>(byte[] body, JsonTypeInfo<T> type, string endpoint)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException exception)
        {
            // The cause's message names a path in the JSON and quotes nothing of it.
            throw new GitHubException(GitHubFailure.Other, endpoint, $"GitHub's answer cannot be read: {exception.Message}", innerException: exception);
        }
    }
}
