namespace Pipeline.Functions.Local.Interactive;

/// <summary>Where the lines of a session come from.</summary>
internal interface ILineReader
{
    /// <summary>The next line without its end; "" if the person gave it up with Ctrl-C; null at the end of all input.</summary>
    /// <param name="prompt">What stands before the line, where somebody sees it.</param>
    string? Read(string prompt);
}
