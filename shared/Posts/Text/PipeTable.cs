using System.Buffers;

namespace Pipeline.Posts.Text;

/// <summary>Tells which lines of a paragraph are the rows of a table.</summary>
internal static class PipeTable
{
    private static readonly SearchValues<char> RuleCharacters = SearchValues.Create("|-=:+ \t");

    /// <summary>
    /// The position of the first row, or -1 if the paragraph holds no table. With a rule line, the table begins at the lines with pipes
    /// before it; without one, all lines must have pipes, and be several or begin with one.
    /// </summary>
    public static int FirstRow(ReadOnlySpan<char> text)
    {
        var start = 0;
        var run = -1;
        var lines = 0;
        var areAllRows = true;
        while (start < text.Length)
        {
            var length = text[start..].IndexOf('\n');
            var line = length < 0 ? text[start..] : text.Slice(start, length);
            if (IsRule(line))
            {
                return run < 0 ? start : run;
            }

            var isRow = HasPipe(line);
            run = isRow ? run < 0 ? start : run : -1;
            areAllRows &= isRow;
            lines++;
            start = length < 0 ? text.Length : start + length + 1;
        }

        return areAllRows && (lines > 1 || text.StartsWith('|')) ? 0 : -1;
    }

    /// <summary>Whether a line is the rule between the head and the body of a table, such as <c>|---|:-:|</c>.</summary>
    public static bool IsRule(ReadOnlySpan<char> line) =>
        line.Contains('|') && line.ContainsAny('-', '=') && !line.ContainsAnyExcept(RuleCharacters);

    private static bool HasPipe(ReadOnlySpan<char> line)
    {
        for (var at = 0; ; at++)
        {
            var next = line[at..].IndexOf('|');
            if (next < 0)
            {
                return false;
            }

            at += next;
            if (at == 0 || line[at - 1] != '\\')
            {
                return true;
            }
        }
    }
}
