namespace Pipeline.TrainerJob.Export;

/// <summary>An export whose 32-bit file does not compute what the model computes; nothing was kept.</summary>
public sealed class ExportException : Exception
{
    /// <summary>A failure with nothing to tell; use the other constructors.</summary>
    public ExportException()
    {
    }

    /// <summary>A failure with the checks that told.</summary>
    public ExportException(string message)
        : base(message)
    {
    }

    /// <summary>The same, with its cause.</summary>
    public ExportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
