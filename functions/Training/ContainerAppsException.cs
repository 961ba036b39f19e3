namespace Pipeline.Functions.Training;

/// <summary>Azure Resource Manager refused a call.</summary>
internal sealed class ContainerAppsException(int status, string endpoint, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The HTTP status, or 0 if there was no answer.</summary>
    public int Status => status;

    /// <summary>Method and path of the call.</summary>
    public string Endpoint => endpoint;

    /// <summary>Whether the call may have done its work all the same.</summary>
    public bool Uncertain => status is 0 or 408 or >= 500;
}
