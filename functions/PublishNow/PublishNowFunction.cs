using Pipeline.Functions.Hosting;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;

namespace Pipeline.Functions.PublishNow;

/// <summary>POST /api/publish: writes the post of the next day that has none.</summary>
internal sealed class PublishNowFunction(DailyPost posts) : IHttpFunction
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
    }
}
