namespace Pipeline.GitHub;

/// <summary>What a call is signed with.</summary>
internal interface IGitHubCredential
{
    /// <summary>A token that is valid for some minutes at least.</summary>
    ValueTask<string> TokenAsync(CancellationToken cancellationToken);

    /// <summary>Told that GitHub refused a token. True if another one can be had.</summary>
    bool Refused(string token);
}

/// <summary>A token that the owner made.</summary>
internal sealed class FixedToken(string token) : IGitHubCredential
{
    public ValueTask<string> TokenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(token);

    public bool Refused(string token) => false;
}
