using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.ReadPosts;

/// <summary>GET /api/posts: generated posts with their report cards, and what became of them.</summary>
internal sealed class ReadPostsFunction(PostReader posts, PageAccess access) : IHttpFunction
{
    private const int UsualDays = 30;
    private const int MostDays = 400;

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken) =>
        access.Check(request) is { } refusal ? refusal
        : PageQuery.Number(request.Query, "days", UsualDays, MostDays) is { } days ? Results.Json(new PostsAnswer(await posts.ListAsync(days, cancellationToken)), OverviewJson.Default.PostsAnswer)
        : HttpAnswers.BadRequest($"days is a number from 1 to {MostDays}.");
}
