using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.ReadCorpus;

/// <summary>GET /api/corpus: what is in the corpus and what is not, and its posts, 50 a page, searched with q.</summary>
internal sealed class ReadCorpusFunction(CorpusReader corpus, PageAccess access) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken) =>
        access.Check(request) is { } refusal ? refusal
        : PageQuery.Number(request.Query, "page", 1, int.MaxValue / CorpusAnswer.PageLength) is { } page
            ? Results.Json(await corpus.ReadAsync(request.Query["q"].ToString(), page, cancellationToken), OverviewJson.Default.CorpusAnswer)
            : HttpAnswers.BadRequest("page is a number from 1.");
}
