using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.ReadModels;

/// <summary>GET /api/models: versions with their figures, how requests are divided, and the history.</summary>
internal sealed class ReadModelsFunction(ModelReader models, PageAccess access) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken) =>
        access.Check(request) ?? Results.Json(await models.ReadAsync(cancellationToken), OverviewJson.Default.ModelsAnswer);
}
