using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.ReadVocabulary;

/// <summary>GET /api/vocabulary: categories, tags and years that a prompt can name.</summary>
internal sealed class ReadVocabularyFunction(CorpusReader corpus, PageAccess access) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken) =>
        access.Check(request) ?? Results.Json(VocabularyAnswer.Of(await corpus.OverviewAsync(cancellationToken)), OverviewJson.Default.VocabularyAnswer);
}
