using Pipeline.Functions.Hosting;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.ReadOpenApi;

/// <summary>GET /api/openapi.json: every route with its forms, as an OpenAPI 3.1 document. It tells nothing of the blog and is open to all.</summary>
internal sealed class ReadOpenApiFunction : IHttpFunction
{
    private static readonly Lazy<string> Document = new(() => OpenApiDocument.Build().ToJsonString());

    /// <inheritdoc />
    public Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        PageAccess.Protect(request.HttpContext.Response);
        return Task.FromResult(Results.Text(Document.Value, "application/json"));
    }
}
