using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Local;

/// <summary>
/// The door of <c>serve</c>: takes HTTP requests on the public port, checks the key where a function asks for one, and passes them on
/// to the handler as Azure's host does with forwarding on.
/// </summary>
internal static class PublicServer
{
    private const string KeyHeader = "x-functions-key";
    private const string KeyQuery = "code";

    // As Azure's host takes it.
    private const long LargestBody = 100L * 1024 * 1024;

    /// <summary>Builds the server; the caller starts and disposes it.</summary>
    public static WebApplication Build(LocalHost host, PipelineSettings settings, IPAddress address, int port)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "").UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address, port);
            kestrel.Limits.MaxRequestBodySize = LargestBody;
        });
        builder.Logging.ClearProviders();
        var app = builder.Build();
        if (settings.FunctionKey is null)
        {
            app.Use(async (context, next) =>
            {
                if (LocalCallers.RefusalOf(context.Request) is { } refusal)
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    await context.Response.WriteAsJsonAsync(new ErrorAnswer(refusal), HostingJson.Default.ErrorAnswer, cancellationToken: context.RequestAborted);
                    return;
                }

                await next(context);
            });
        }

        foreach (var function in host.Functions.Where(function => function.Trigger.Type == "httpTrigger"))
        {
            var needsKey = settings.FunctionKey is not null && function.Trigger.AuthLevel != "anonymous";
            app.MapMethods(
                "/" + (function.Trigger.Route ?? function.Name),
                function.Trigger.Methods.Select(method => method.ToUpperInvariant()),
                (HttpContext context) =>
                {
                    if (needsKey && !IsAllowed(context.Request, settings.FunctionKey!))
                    {
                        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                        return context.Response.WriteAsJsonAsync(
                            new ErrorAnswer($"Send the function key as the header {KeyHeader}."), HostingJson.Default.ErrorAnswer, cancellationToken: context.RequestAborted);
                    }

                    return ForwardAsync(host.Http, context);
                });
        }

        return app;
    }

    private static bool IsAllowed(HttpRequest request, string key)
    {
        var sent = request.Headers.TryGetValue(KeyHeader, out var header) ? header : request.Query[KeyQuery];
        // Hashed first, so that the comparison takes the same time for every length.
        return CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(sent.ToString())), SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    private static async Task ForwardAsync(HttpClient http, HttpContext context)
    {
        var request = context.Request;
        using var forwarded = new HttpRequestMessage(new HttpMethod(request.Method), request.Path + request.QueryString.ToString());
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
        {
            forwarded.Content = new RequestContent(request);
        }

        foreach (var (name, values) in request.Headers)
        {
            if (!IsHopByHop(name) && !forwarded.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                forwarded.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        using var response = await SendAsync(http, forwarded, context);
        if (response is null)
        {
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!IsHopByHop(name))
            {
                context.Response.Headers[name] = new StringValues([.. values]);
            }
        }

        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        // Flushed piece by piece, so that a streamed answer arrives as it is made.
        var buffer = new byte[16 * 1024];
        for (int read; (read = await body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    // What the caller sends wrongly comes out in the middle of passing it on, and is the caller's fault all the same; null once it is told so.
    private static async Task<HttpResponseMessage?> SendAsync(HttpClient http, HttpRequestMessage forwarded, HttpContext context)
    {
        try
        {
            return await http.SendAsync(forwarded, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        }
        catch (Exception exception) when (WrongRequest(exception) is { } wrong)
        {
            context.Response.StatusCode = wrong.StatusCode;
            context.Response.Headers.Connection = "close";
            await context.Response.WriteAsJsonAsync(new ErrorAnswer(wrong.Message), HostingJson.Default.ErrorAnswer, cancellationToken: context.RequestAborted);
            return null;
        }
    }

    private static BadHttpRequestException? WrongRequest(Exception? exception) => exception as BadHttpRequestException ?? (exception is null ? null : WrongRequest(exception.InnerException));

    // RFC 9110, section 7.6.1: these concern one connection only.
    private static bool IsHopByHop(string header) =>
        header.ToLowerInvariant() is "connection" or "keep-alive" or "proxy-authenticate" or "proxy-authorization" or "te" or "trailer" or "transfer-encoding" or "upgrade" or "proxy-connection";
}
