using Pipeline.Functions.Hosting;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.PageFile;

/// <summary>GET /page/{file}: a style, a script or the icon of the page. They hold nothing of the blog and are open to all.</summary>
internal sealed class PageFileFunction : IHttpFunction
{
    /// <inheritdoc />
    public Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        PageAccess.Protect(request.HttpContext.Response);
        if (request.RouteValues["file"] is not string name || PageAssets.Find(name) is not { } file)
        {
            return Task.FromResult(HttpAnswers.Error("The page has no such file.", StatusCodes.Status404NotFound));
        }

        var headers = request.HttpContext.Response.Headers;
        // Asked for each time and answered in a word: a new version of the app has its own files at once.
        headers.CacheControl = "no-cache";
        headers.ETag = file.ETag;
        return Task.FromResult(request.Headers.IfNoneMatch == file.ETag ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(file.Bytes, file.Type));
    }
}
