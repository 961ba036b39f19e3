namespace Pipeline.Functions.Hosting;

/// <summary>A blob that was written.</summary>
/// <param name="Path">Its name within the container.</param>
/// <param name="Content">Its bytes as the host read them; a newer version may be in the store by now.</param>
internal sealed record BlobTrigger(string Path, byte[] Content);

/// <summary>A timer that fired.</summary>
/// <param name="IsPastDue">Whether this run was due while nothing was running.</param>
internal sealed record TimerTrigger(bool IsPastDue);

/// <summary>A function that runs for each blob written to a container.</summary>
internal interface IBlobFunction
{
    /// <summary>Handles one blob; the host repeats it if it throws, and may call it twice for the same bytes.</summary>
    Task RunAsync(BlobTrigger blob, CancellationToken cancellationToken);
}

/// <summary>A function that runs on a schedule.</summary>
internal interface ITimerFunction
{
    /// <summary>Handles one tick; it may come late or twice.</summary>
    Task RunAsync(TimerTrigger timer, CancellationToken cancellationToken);
}

/// <summary>A function that answers HTTP requests.</summary>
internal interface IHttpFunction
{
    /// <summary>Answers one request.</summary>
    Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken);
}
