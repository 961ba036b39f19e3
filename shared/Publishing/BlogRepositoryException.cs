namespace Pipeline.Publishing;

/// <summary>The blog's repository could not be read or written; the message says what to do.</summary>
public class BlogRepositoryException : Exception
{
    /// <summary>Makes the exception without a message.</summary>
    public BlogRepositoryException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What failed, and the way out.</param>
    public BlogRepositoryException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What failed, and the way out.</param>
    /// <param name="innerException">The cause.</param>
    public BlogRepositoryException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
