namespace Pipeline.Testing.GitHub;

/// <summary>Fails a test at the first request or answer that prism finds unlike GitHub's description.</summary>
public sealed class ContractHandler : DelegatingHandler
{
    private readonly List<string> _calls = [];

    /// <summary>Makes the handler over the real one.</summary>
    public ContractHandler()
        : base(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
    }

    /// <summary>Verb and path of each call so far.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Looks at each call before it is made, and may throw.</summary>
    public Action<HttpRequestMessage>? Before { get; set; }

    /// <summary>Looks at each answer before the caller gets it, and may throw.</summary>
    public Action<HttpRequestMessage>? After { get; set; }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (_calls)
        {
            _calls.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        }

        Before?.Invoke(request);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Headers.TryGetValues("sl-violations", out var violations))
        {
            throw new InvalidOperationException($"{request.Method} {request.RequestUri} is not as GitHub describes it: {string.Join(' ', violations)}");
        }

        // prism would follow it itself, and read an archive as text.
        if (response.Headers.TryGetValues(GitHubServer.LocationHeader, out var location))
        {
            response.Headers.Location = new Uri(location.Single(), UriKind.RelativeOrAbsolute);
        }

        After?.Invoke(request);
        return response;
    }
}
