using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page.Html;
using Pipeline.Functions.Page.Views;
using Pipeline.Registry;

namespace Pipeline.Functions.Page;

/// <summary>
/// GET / and one path for each view: the page as HTML that can be read as it is. Scripts only make it live and send what a person orders.
/// </summary>
internal sealed class PageFunction(
    PageAccess access, StatusReader status, RunReader runs, ModelReader models, CorpusReader corpus, RoutingStore routing, TimeProvider clock) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        PageAccess.Protect(request.HttpContext.Response);
        var view = access.MayRead(request)
            ? await ViewAsync(request, cancellationToken)
            : SignInView.Of(request.Path + request.QueryString.ToString(), request.Query.ContainsKey("refused"), access.HasKey);
        return Results.Text(Layout.Of(view, access).ToString(), "text/html; charset=utf-8", statusCode: view.Status);
    }

    private async Task<PageView> ViewAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        switch (request.RouteValues["view"] as string)
        {
            case null or "":
                return TodayView.Of(await status.ReadAsync(cancellationToken));
            case "write":
                return WriteView.Of(VocabularyAnswer.Of(await corpus.OverviewAsync(cancellationToken)), (await routing.ReadAsync(cancellationToken)).Stable);
            case "train":
                return await TrainAsync(TrainQuery.Of(request.Query), cancellationToken);
            case "models":
                return ModelsView.Of(await models.ReadAsync(cancellationToken), clock.GetUtcNow());
            case "corpus":
                return CorpusView.Of(await corpus.ReadAsync(
                    PageQuery.Text(request.Query, "q"), PageQuery.Number(request.Query, "page", 1, int.MaxValue / CorpusAnswer.PageLength) ?? 1, cancellationToken));
            default:
                return new("", "Not found", Markup.Of($"<h1>There is no such view</h1><p><a href=\"/\">Today</a></p>")) { Status = StatusCodes.Status404NotFound };
        }
    }

    private async Task<PageView> TrainAsync(TrainQuery query, CancellationToken cancellationToken)
    {
        var all = await runs.ListAsync(cancellationToken);
        var name = query.Run ?? (all is [var newest, ..] ? newest.Run : null);
        var run = name is null ? null : await runs.ReadAsync(name, after: 0, cancellationToken);
        var other = query.With is { } with && with != name ? await runs.ReadAsync(with, after: 0, cancellationToken) : null;
        return TrainView.Of(all, run, other, query, clock.GetUtcNow());
    }
}
