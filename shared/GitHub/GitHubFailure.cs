namespace Pipeline.GitHub;

/// <summary>Why GitHub did not do what was asked.</summary>
public enum GitHubFailure
{
    /// <summary>An answer that is none of the others.</summary>
    Other,

    /// <summary>The token is wrong, expired or revoked.</summary>
    Unauthorized,

    /// <summary>The token or App lacks a permission.</summary>
    Forbidden,

    /// <summary>There is no such thing, or the token may not see it.</summary>
    NotFound,

    /// <summary>The repository was renamed or given to somebody else.</summary>
    Moved,

    /// <summary>The repository has no commit.</summary>
    Empty,

    /// <summary>A rule of the repository forbids it.</summary>
    Protected,

    /// <summary>What was sent is not accepted.</summary>
    Invalid,

    /// <summary>Somebody else was faster.</summary>
    Conflict,

    /// <summary>Too many calls; the message says until when.</summary>
    RateLimited,

    /// <summary>A file is larger than the API gives.</summary>
    TooLarge,

    /// <summary>GitHub could not be reached or failed itself, several times.</summary>
    Unavailable,
}
