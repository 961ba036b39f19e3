using Microsoft.AspNetCore.Http.Extensions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Page;

namespace Pipeline.Functions.SignIn;

/// <summary>POST /api/sign-in: takes the page's key from a form and gives a cookie for it, so that a closed page can be read without JavaScript.</summary>
internal sealed class SignInFunction(PageAccess access) : IHttpFunction
{
    private const int LongestForm = 4096;

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        PageAccess.Protect(request.HttpContext.Response);
        if (request.ContentLength is null or > LongestForm || !request.HasFormContentType)
        {
            return HttpAnswers.BadRequest("Send the field 'key' as a form.");
        }

        var form = await request.ReadFormAsync(cancellationToken);
        var back = form["back"].ToString();
        // Only a place of this page: an address that begins with two slashes is another host's.
        var target = back.StartsWith('/') && !back.StartsWith("//", StringComparison.Ordinal) && !back.Contains('\\', StringComparison.Ordinal) ? back : "/";
        return access.SignIn(request, form["key"].ToString())
            ? new SeeOther(target)
            : new SeeOther(UriHelper.BuildRelative(path: "/", query: QueryString.Create("refused", "key")));
    }
}

/// <summary>303: go on with GET there.</summary>
internal sealed class SeeOther(string target) : IResult
{
    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = target;
        return Task.CompletedTask;
    }
}
