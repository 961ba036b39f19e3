namespace Pipeline.GitHub;

/// <summary>Which repository, and as whom. Either a token or an App's id and key is given.</summary>
public sealed class GitHubOptions
{
    /// <summary>The blog's repository.</summary>
    public required RepositoryName Repository { get; init; }

    /// <summary>The API's address; a GitHub Enterprise Server has <c>https://HOST/api/v3/</c>.</summary>
    public Uri BaseAddress { get; init => field = value.AbsoluteUri.EndsWith('/') ? value : new Uri(value.AbsoluteUri + "/"); } = new("https://api.github.com/");

    /// <summary>A fine-grained personal access token.</summary>
    public string? Token { get; init; }

    /// <summary>The App's id or client id.</summary>
    public string? AppId { get; init; }

    /// <summary>The App's private key in PEM.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>The App's installation; asked for if null.</summary>
    public long? InstallationId { get; init; }

    /// <summary>How long one try of a call may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait for a rate limit; a longer one is reported instead.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(2);
}
