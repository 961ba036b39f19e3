using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Web;
using Azure.Core;
using Pipeline.Functions.Tests.Infra;

namespace Pipeline.Functions.Tests.Training;

/// <summary>
/// Azure Resource Manager as far as one job goes: the job that the template deploys, and its executions. It turns away what the
/// published description of Microsoft.App does not have: other hosts, paths, verbs, versions, and calls without a token.
/// </summary>
internal sealed partial class FakeResourceManager(TimeProvider clock) : HttpMessageHandler
{
    private readonly Lock gate = new();
    private readonly ArmResource job = AzureDeployTests.Computed().Resources.Single(resource => resource.Type == "Microsoft.App/jobs");
    private readonly List<JsonObject> executions = [];

    /// <summary>The job's resource id.</summary>
    public string JobId => job.Id;

    /// <summary>The job as it is deployed.</summary>
    public JsonObject Job => job.Body;

    /// <summary>Every execution, in the order of their starts.</summary>
    public IReadOnlyList<JsonObject> Executions
    {
        get
        {
            lock (gate)
            {
                return [.. executions];
            }
        }
    }

    /// <summary>The bodies with which executions were started.</summary>
    public IReadOnlyList<JsonObject> Started => [.. Executions.Select(execution => execution["properties"]!["template"]!.AsObject())];

    /// <summary>What was asked, as method and path.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What happens to the calls to come, one after the other, instead of or after what they ask for.</summary>
    public Queue<Trouble> Troubles { get; } = new();

    /// <summary>Whether executions show in the list.</summary>
    public bool Lists { get; set; } = true;

    /// <summary>Whether a start is answered with its name, or only taken note of.</summary>
    public bool NamesStarts { get; set; } = true;

    /// <summary>Where the second page of a list is said to be.</summary>
    public string NextPageAt { get; set; } = "https://management.azure.com";

    /// <summary>What can go wrong with a call.</summary>
    internal enum Trouble
    {
        None,
        Busy,
        Unavailable,
        Forbidden,
        AnswerLost,
    }

    /// <summary>Sets where an execution stands.</summary>
    public void Set(int execution, string status) => Executions[execution]["properties"]!["status"] = status;

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        lock (gate)
        {
            var address = request.RequestUri!;
            Calls.Add($"{request.Method} {address.AbsolutePath}");
            if (address.GetLeftPart(UriPartial.Authority) != "https://management.azure.com" || request.Headers.Authorization is not { Scheme: "Bearer", Parameter: "token" })
            {
                return Error(HttpStatusCode.Unauthorized, "InvalidAuthenticationToken");
            }

            if (HttpUtility.ParseQueryString(address.Query)["api-version"] != (string)job.Body["apiVersion"]!)
            {
                return Error(HttpStatusCode.BadRequest, "InvalidApiVersionParameter");
            }

            switch (Troubles.TryDequeue(out var trouble) ? trouble : Trouble.None)
            {
                case Trouble.Busy:
                    var busy = Error(HttpStatusCode.TooManyRequests, "TooManyRequests");
                    busy.Headers.Add("Retry-After", "0");
                    return busy;
                case Trouble.Unavailable:
                    return Error(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable");
                case Trouble.Forbidden:
                    return Error(HttpStatusCode.Forbidden, "AuthorizationFailed");
                case Trouble.AnswerLost:
                    Answer(request.Method.Method, address, body);
                    throw new HttpRequestException("The connection was closed.");
                default:
                    return Answer(request.Method.Method, address, body);
            }
        }
    }

    private HttpResponseMessage Answer(string method, Uri address, string body)
    {
        if (!address.AbsolutePath.StartsWith(JobId, StringComparison.Ordinal))
        {
            return Error(HttpStatusCode.NotFound, "ResourceNotFound");
        }

        var rest = address.AbsolutePath[JobId.Length..];
        if (rest is not ("" or ['/', ..]))
        {
            return Error(HttpStatusCode.NotFound, "ResourceNotFound");
        }

        switch (method, rest)
        {
            case ("GET", ""):
                return Json(HttpStatusCode.OK, job.Body);
            case ("GET", "/executions"):
                return Json(HttpStatusCode.OK, Page(HttpUtility.ParseQueryString(address.Query)["page"]));
            case ("POST", "/start"):
                return Start(body);
        }

        if (OneExecution().Match(rest) is not { Success: true } match || match.Groups["stop"].Success != (method == "POST"))
        {
            return Error(HttpStatusCode.MethodNotAllowed, "HttpMethodNotSupported");
        }

        if (executions.Find(execution => (string)execution["name"]! == match.Groups["name"].Value) is not { } found)
        {
            return Error(HttpStatusCode.NotFound, "JobExecutionNotFound");
        }

        if (method == "POST")
        {
            found["properties"]!["status"] = "Stopped";
            return new(HttpStatusCode.Accepted);
        }

        return Json(HttpStatusCode.OK, found);
    }

    private HttpResponseMessage Start(string body)
    {
        var name = $"{job.Name}-{executions.Count:x7}";
        executions.Add(new()
        {
            ["id"] = $"{JobId}/executions/{name}",
            ["name"] = name,
            ["type"] = "Microsoft.App/jobs/executions",
            ["properties"] = new JsonObject
            {
                ["status"] = "Running",
                ["startTime"] = clock.GetUtcNow().ToString("O"),
                ["template"] = JsonNode.Parse(body),
            },
        });
        return NamesStarts
            ? Json(HttpStatusCode.OK, new JsonObject { ["id"] = $"{JobId}/executions/{name}", ["name"] = name })
            : new(HttpStatusCode.Accepted);
    }

    private JsonObject Page(string? page)
    {
        const int Size = 2;
        var first = page is null ? 0 : int.Parse(page);
        var shown = Lists ? executions : [];
        var answer = new JsonObject { ["value"] = new JsonArray([.. shown.Skip(first).Take(Size).Select(execution => execution.DeepClone())]) };
        if (shown.Count > first + Size)
        {
            answer["nextLink"] = $"{NextPageAt}{JobId}/executions?api-version={job.Body["apiVersion"]}&page={first + Size}";
        }

        return answer;
    }

    private static HttpResponseMessage Error(HttpStatusCode status, string code) =>
        Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = "It did not work." } });

    private static HttpResponseMessage Json(HttpStatusCode status, JsonObject body) =>
        new(status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    [GeneratedRegex(@"^/executions/(?<name>[-\w.()]+)(?<stop>/stop)?$")]
    private static partial Regex OneExecution();

    /// <summary>Signs in with a token that is good for nothing else.</summary>
    internal sealed class Credential : TokenCredential
    {
        /// <inheritdoc />
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            requestContext.Scopes is ["https://management.azure.com/.default"]
                ? new("token", DateTimeOffset.MaxValue)
                : throw new InvalidOperationException($"A token for {string.Join(' ', requestContext.Scopes)} was asked for.");

        /// <inheritdoc />
        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
