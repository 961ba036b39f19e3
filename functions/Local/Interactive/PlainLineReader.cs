namespace Pipeline.Functions.Local.Interactive;

/// <summary>Lines of a file or a pipe.</summary>
internal sealed class PlainLineReader(TextReader input) : ILineReader
{
    /// <inheritdoc />
    public string? Read(string prompt) => input.ReadLine();
}
