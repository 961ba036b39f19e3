using System.Net;
using Pipeline.Publishing;

namespace Pipeline.GitHub;

/// <summary>A call to GitHub failed for good. Nothing in it holds a token or key.</summary>
/// <param name="failure">Why.</param>
/// <param name="endpoint">Verb and path of the call.</param>
/// <param name="message">What happened and what to do.</param>
/// <param name="status">GitHub's status, if it answered.</param>
/// <param name="innerException">The cause.</param>
public sealed class GitHubException(GitHubFailure failure, string endpoint, string message, HttpStatusCode? status = null, Exception? innerException = null)
    : BlogRepositoryException($"{message} ({endpoint}{(status is { } code ? $": {(int)code}" : "")})", innerException)
{
    /// <summary>Why.</summary>
    public GitHubFailure Failure { get; } = failure;

    /// <summary>Verb and path of the call.</summary>
    public string Endpoint { get; } = endpoint;

    /// <summary>GitHub's status, if it answered.</summary>
    public HttpStatusCode? Status { get; } = status;
}
