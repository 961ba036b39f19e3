namespace Pipeline.Functions.Hosting;

/// <summary>Where log lines go and how they look.</summary>
internal enum LogForm
{
    /// <summary>JSON objects on standard output, for the Functions host.</summary>
    Json,

    /// <summary>Lines for people on standard output.</summary>
    Text,

    /// <summary>Only what is fatal, on standard error: for commands whose standard output is their result.</summary>
    Errors,
}
