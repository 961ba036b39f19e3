using Pipeline.Functions.Hosting;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;
using Pipeline.GitHub;
using Pipeline.Publishing;

namespace Pipeline.Functions.PublishNow;

/// <summary>
/// POST /api/publish: writes the post of the next day that has none. If the blog's repository fails, the answer says why and what to do: 403 if
/// it does not let us in, 409 if somebody was faster, 503 if a later call may succeed, else 502.
/// </summary>
internal sealed partial class PublishNowFunction(DailyPost posts, ILogger<PublishNowFunction> logger) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return Results.Json(await posts.WriteNextAsync(cancellationToken), PublishJson.Default.PublishAnswer);
        }
        catch (NoModelException exception)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
        catch (BlogRepositoryException exception)
        {
            Log.Failed(logger, exception);
            return HttpAnswers.Error(exception.Message, StatusOf(exception));
        }
    }

    // The caller's own key was good: a token that GitHub does not take is no 401 of ours.
    private static int StatusOf(BlogRepositoryException exception) => exception is GitHubException { Failure: var failure }
        ? failure switch
        {
            GitHubFailure.Unauthorized or GitHubFailure.Forbidden or GitHubFailure.Protected => StatusCodes.Status403Forbidden,
            GitHubFailure.Conflict => StatusCodes.Status409Conflict,
            GitHubFailure.RateLimited or GitHubFailure.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status502BadGateway,
        }
        : StatusCodes.Status502BadGateway;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The post was not published.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
