namespace Pipeline.Generation;

/// <summary>Settings of a generation that make no sense; all of them are named at once.</summary>
/// <param name="problems">One sentence a setting.</param>
public sealed class InvalidSamplingException(IReadOnlyList<string> problems)
    : ArgumentException("The sampling settings cannot be used: " + string.Join("; ", problems) + ".")
{
    /// <summary>No problem named; use the other constructor.</summary>
    public InvalidSamplingException()
        : this([])
    {
    }

    /// <summary>One problem.</summary>
    public InvalidSamplingException(string problem)
        : this([problem])
    {
    }

    /// <summary>One problem; the cause is kept in the text only.</summary>
    public InvalidSamplingException(string problem, Exception innerException)
        : this([$"{problem} ({innerException?.Message})"])
    {
    }

    /// <summary>One sentence a setting.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
