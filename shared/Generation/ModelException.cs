namespace Pipeline.Generation;

/// <summary>A model folder or one of its files cannot be used: missing, damaged, or of another model. The message names the file and the way out.</summary>
public sealed class ModelException : Exception
{
    /// <summary>A failure with nothing to tell; use the other constructors.</summary>
    public ModelException()
    {
    }

    /// <summary>A failure with a message that names the file and the way out.</summary>
    public ModelException(string message)
        : base(message)
    {
    }

    /// <summary>The same, with what the failing part said.</summary>
    public ModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
