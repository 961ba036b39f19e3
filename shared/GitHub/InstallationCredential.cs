namespace Pipeline.GitHub;

/// <summary>
/// The token of an App's installation, for one repository and no more permissions than this product needs. It is kept until five minutes
/// before its end.
/// </summary>
/// <param name="app">Speaks as the App.</param>
/// <param name="options">The repository, and the installation if it is known.</param>
/// <param name="clock">Tells when a token ends.</param>
internal sealed class InstallationCredential(GitHubTransport app, GitHubOptions options, TimeProvider clock) : IGitHubCredential, IDisposable
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Issued? _current;
    private long? _installation = options.InstallationId;

    public async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_current is not { } current || clock.GetUtcNow() >= current.End - Skew)
            {
                current = await RequestAsync(cancellationToken);
                _current = current;
            }

            return current.Token;
        }
        finally
        {
            _gate.Release();
        }
    }

    public bool Refused(string token)
    {
        // Revoked before its end, as when the App's permissions change.
        if (Volatile.Read(ref _current) is { } current && current.Token == token)
        {
            // Another call may have a new one already, which stays.
            Interlocked.CompareExchange(ref _current, null, current);
        }

        return true;
    }

    public void Dispose() => _gate.Dispose();

    private async Task<Issued> RequestAsync(CancellationToken cancellationToken)
    {
        var repository = options.Repository;
        _installation ??= (await app.GetAsync($"repos/{repository}/installation", GitHubJson.Default.Installation, cancellationToken))?.Id
            ?? throw new GitHubException(GitHubFailure.NotFound, $"GET /repos/{repository}/installation", $"The App is not installed on {repository}. Install it there, on that repository alone.");
        var answer = await app.SendAsync(
            HttpMethod.Post,
            $"app/installations/{_installation}/access_tokens",
            new InstallationTokenRequest { Repositories = [repository.Name], Permissions = new() { ["contents"] = "write", ["pull_requests"] = "write" } },
            GitHubJson.Default.InstallationTokenRequest,
            GitHubJson.Default.InstallationToken,
            repeatable: true,
            cancellationToken);
        return new(answer.Token, answer.ExpiresAt);
    }

    /// <summary>A token and when it ends.</summary>
    private sealed record Issued(string Token, DateTimeOffset End)
    {
        // A record would write its members.
        public override string ToString() => "an installation's token";
    }
}
