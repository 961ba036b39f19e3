using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.ReadRuns;

/// <summary>GET /api/runs: all training runs; /api/runs/{run}: one with its curves and samples, points after a step with after.</summary>
internal sealed class ReadRunsFunction(RunReader runs, PageAccess access) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (access.Check(request) is { } refusal)
        {
            return refusal;
        }

        if (request.RouteValues["run"] is not string { Length: > 0 } name)
        {
            return Results.Json(new RunsAnswer(await runs.ListAsync(cancellationToken)), OverviewJson.Default.RunsAnswer);
        }

        return PageQuery.Number(request.Query, "after", 0, int.MaxValue, lowest: 0) is not { } after ? HttpAnswers.BadRequest("after is a step, a number from 0.")
            : await runs.ReadAsync(name, after, cancellationToken) is { } run ? Results.Json(run, OverviewJson.Default.RunAnswer)
            : HttpAnswers.Error($"There is no training run {name}.", StatusCodes.Status404NotFound);
    }
}
