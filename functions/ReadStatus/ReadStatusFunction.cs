using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.ReadStatus;

/// <summary>GET /api/status: what it is doing and whether it is well.</summary>
internal sealed class ReadStatusFunction(StatusReader status, PageAccess access) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken) =>
        access.Check(request) ?? Results.Json(await status.ReadAsync(cancellationToken), OverviewJson.Default.StatusAnswer);
}
