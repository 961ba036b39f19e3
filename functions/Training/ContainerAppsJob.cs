using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace Pipeline.Functions.Training;

/// <summary>
/// A job in Azure Container Apps, through Azure Resource Manager: the operations <c>Jobs_Get</c>, <c>Jobs_Start</c>,
/// <c>Jobs_StopExecution</c>, <c>JobsExecutions_List</c> and <c>JobExecution</c> of Microsoft.App, version 2025-07-01. What only
/// reads is repeated when it fails for a moment; a start never is, since it may have worked.
/// </summary>
internal sealed class ContainerAppsJob
{
    private const string ApiVersion = "2025-07-01";
    private const string Scope = "https://management.azure.com/.default";
    private static readonly Uri Endpoint = new("https://management.azure.com/");

    private readonly string resource;
    private readonly HttpPipeline pipeline;

    /// <param name="resource">The job's resource id.</param>
    /// <param name="credential">Signs in; it needs the role Container Apps Jobs Operator on the job.</param>
    /// <param name="options">Retries and transport.</param>
    public ContainerAppsJob(string resource, TokenCredential credential, ClientOptions options)
    {
        this.resource = resource;
        pipeline = HttpPipelineBuilder.Build(options, new BearerTokenAuthenticationPolicy(credential, Scope));
    }

    /// <summary>The job's page, from which a person finds the log of each execution.</summary>
    public Uri Page => new($"https://portal.azure.com/#resource{resource}");

    /// <summary>The containers as the job defines them.</summary>
    /// <exception cref="ContainerAppsException">The call was refused, or there is no such job.</exception>
    public async Task<JobTemplate> ReadTemplateAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync(RequestMethod.Get, "", body: null, ContainerAppsJson.Default.JobResource, cancellationToken);
        return answer?.Properties.Template ?? throw new ContainerAppsException(404, $"GET {resource}", $"There is no job {resource}: see PIPELINE_TRAINER_JOB_RESOURCE.");
    }

    /// <summary>Starts an execution.</summary>
    /// <returns>Its name, or null if Azure did not say it yet.</returns>
    /// <exception cref="ContainerAppsException">The call was refused; if that is uncertain, the execution may have started.</exception>
    public async Task<string?> StartAsync(JobTemplate template, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(template, ContainerAppsJson.Default.JobTemplate);
        return (await SendAsync(RequestMethod.Post, "/start", body, ContainerAppsJson.Default.JobExecution, cancellationToken))?.Name;
    }

    /// <summary>Stops an execution: the job gets SIGTERM and half a minute. One that is gone is stopped.</summary>
    /// <exception cref="ContainerAppsException">The call was refused.</exception>
    public Task StopAsync(string execution, CancellationToken cancellationToken) =>
        SendAsync(RequestMethod.Post, $"/executions/{Uri.EscapeDataString(execution)}/stop", body: null, ContainerAppsJson.Default.JobExecution, cancellationToken);

    /// <summary>An execution, or null if there is none of this name.</summary>
    /// <exception cref="ContainerAppsException">The call was refused.</exception>
    public Task<JobExecution?> FindAsync(string execution, CancellationToken cancellationToken) =>
        SendAsync(RequestMethod.Get, $"/executions/{Uri.EscapeDataString(execution)}", body: null, ContainerAppsJson.Default.JobExecution, cancellationToken);

    /// <summary>The executions that Azure remembers.</summary>
    /// <exception cref="ContainerAppsException">The call was refused.</exception>
    public async Task<IReadOnlyList<JobExecution>> ListAsync(CancellationToken cancellationToken)
    {
        var executions = new List<JobExecution>();
        var next = Address("/executions");
        while (next is not null)
        {
            var page = await SendAsync(RequestMethod.Get, next, body: null, ContainerAppsJson.Default.JobExecutions, cancellationToken);
            executions.AddRange(page?.Value ?? []);
            next = page?.NextLink is { Length: > 0 } link ? new Uri(link) : null;

            // The token goes along: only to whom it is for.
            if (next is not null && (next.Scheme != Endpoint.Scheme || next.Authority != Endpoint.Authority))
            {
                throw new ContainerAppsException(200, $"GET {resource}/executions", $"The next page of executions is at {next.Authority}, which is not Azure Resource Manager.");
            }
        }

        return executions;
    }

    private Uri Address(string path) => new(Endpoint, $"{resource}{path}?api-version={ApiVersion}");

    private Task<T?> SendAsync<T>(RequestMethod method, string path, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class => SendAsync(method, Address(path), body, type, cancellationToken);

    private async Task<T?> SendAsync<T>(RequestMethod method, Uri address, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var message = pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(address);
        message.Request.Headers.Add("Accept", "application/json");
        if (body is not null)
        {
            message.Request.Content = RequestContent.Create(body);
            message.Request.Headers.Add("Content-Type", "application/json");
        }

        if (method == RequestMethod.Post)
        {
            message.ResponseClassifier = new OnlyIfNotBegun();
        }

        var endpoint = $"{method} {address.AbsolutePath}";
        try
        {
            await pipeline.SendAsync(message, cancellationToken);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException)
        {
            throw new ContainerAppsException(0, endpoint, $"{endpoint}: Azure Resource Manager cannot be reached.", exception);
        }
        catch (AuthenticationFailedException exception)
        {
            throw new ContainerAppsException(401, endpoint, $"{endpoint}: no sign-in to Azure. Give the function app a managed identity.", exception);
        }

        var response = message.Response;
        return response.Status switch
        {
            404 => null,
            >= 200 and < 300 => Read(response, type, endpoint),
            _ => throw new ContainerAppsException(response.Status, endpoint, $"{endpoint}: Azure Resource Manager answered {response.Status}. {Explain(response)}"),
        };
    }

    private static T? Read<T>(Response response, JsonTypeInfo<T> type, string endpoint)
        where T : class
    {
        var bytes = response.Content.ToMemory();
        try
        {
            return bytes.IsEmpty ? null : JsonSerializer.Deserialize(bytes.Span, type);
        }
        catch (JsonException exception)
        {
            throw new ContainerAppsException(response.Status, endpoint, $"{endpoint}: the answer of Azure Resource Manager is not as expected: {exception.Message}", exception);
        }
    }

    private static string Explain(Response response)
    {
        var hint = response.Status == 403 ? " Give the identity the role Container Apps Jobs Operator on the job." : "";
        try
        {
            var error = JsonSerializer.Deserialize(response.Content.ToMemory().Span, ContainerAppsJson.Default.ResourceManagerError)?.Error;
            return $"{error?.Code}: {error?.Message}{hint}";
        }
        catch (JsonException)
        {
            // A proxy on the way answers in its own form; the status says enough.
            return hint;
        }
    }

    // A post that was turned away for want of capacity has done nothing; any other may have.
    private sealed class OnlyIfNotBegun : ResponseClassifier
    {
        public override bool IsRetriableResponse(HttpMessage message) => message.Response.Status == 429;

        public override bool IsRetriableException(Exception exception) => false;

        public override bool IsRetriable(HttpMessage message, Exception exception) => false;
    }
}
