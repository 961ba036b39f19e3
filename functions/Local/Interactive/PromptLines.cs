using Pipeline.Functions.Local.Samples;

namespace Pipeline.Functions.Local.Interactive;

/// <summary>
/// Puts a prompt together: one line, lines that end in <c>\</c> with the one after them, or all lines between two of <c>"""</c>. In a
/// line <c>\n</c> is a line feed.
/// </summary>
internal sealed class PromptLines(ILineReader reader, LineHistory history)
{
    private const string Block = "\"\"\"";

    /// <summary>The next prompt or command; "" for none; null at the end of input.</summary>
    public string? Read()
    {
        if (reader.Read("> ") is not { } line)
        {
            return null;
        }

        history.Add(line);
        return line.TrimStart().StartsWith(Block, StringComparison.Ordinal) ? ReadBlock(line.TrimStart()[Block.Length..])
            : line.StartsWith('/') ? line
            : ReadLines(line);
    }

    private string ReadLines(string line)
    {
        var lines = new List<string>();
        for (var next = line; ; next = reader.Read("… ") ?? "")
        {
            // A doubled backslash at the end is one that is meant.
            var goesOn = next.EndsWith('\\') && !next.EndsWith("\\\\", StringComparison.Ordinal);
            lines.Add(PromptFile.Unescaped(goesOn ? next[..^1] : next));
            if (!goesOn)
            {
                return string.Join('\n', lines);
            }
        }
    }

    // Between the marks everything is as it is written.
    private string ReadBlock(string first)
    {
        var lines = new List<string>();
        for (var line = first; ; line = reader.Read("… "))
        {
            var end = line?.IndexOf(Block, StringComparison.Ordinal) ?? 0;
            if (line is null || end >= 0)
            {
                lines.Add(line is null ? "" : line[..end]);
                break;
            }

            lines.Add(line);
        }

        return string.Join('\n', lines).Trim('\n');
    }
}
