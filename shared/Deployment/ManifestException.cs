namespace Pipeline.Deployment;

/// <summary>A deployment's file is not as it must be.</summary>
/// <param name="problems">One line each: file, line, column and what is wrong.</param>
public sealed class ManifestException(IReadOnlyList<string> problems) : FormatException(string.Join('\n', problems))
{
    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
