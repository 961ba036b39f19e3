namespace Pipeline.Posts;

/// <summary>A blog, or a file of it, that cannot be read; the message names it and says what to do.</summary>
public sealed class BlogException : Exception
{
    /// <summary>Makes the exception without a message.</summary>
    public BlogException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What cannot be read, and the way out.</param>
    public BlogException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What cannot be read, and the way out.</param>
    /// <param name="innerException">The cause.</param>
    public BlogException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
