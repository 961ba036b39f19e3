using System.Text;

namespace Pipeline.Posts;

/// <summary>
/// Indents lines that go on with a quoted text or a flow collection begun above them. Ruby's reader takes such lines at any column,
/// YamlDotNet wants them indented; their indentation is no part of the value.
/// </summary>
internal static class YamlIndentation
{
    /// <summary>The text with those lines indented; null if there are none, or a value is never closed.</summary>
    public static string? Repair(string yaml)
    {
        var inserts = new List<(int At, int Blanks)>();
        for (var line = 0; line < yaml.Length;)
        {
            var start = line;
            while (start < yaml.Length && yaml[start] == ' ')
            {
                start++;
            }

            var indentation = start - line;
            var end = EndOfLine(yaml, start);
            var value = ValueStart(yaml, start, end);
            if (value < end && yaml[value] is '|' or '>')
            {
                line = SkipBlock(yaml, end, indentation);
                continue;
            }

            if (value < end && yaml[value] is '"' or '\'' or '[' or '{')
            {
                var close = Close(yaml, value);
                if (close < 0)
                {
                    return null;
                }

                for (; end < close; end = EndOfLine(yaml, end + 1))
                {
                    inserts.Add((end + 1, indentation + 2));
                }
            }

            line = end + 1;
        }

        return inserts.Count == 0 ? null : Insert(yaml, inserts);
    }

    private static string Insert(string yaml, List<(int At, int Blanks)> inserts)
    {
        var repaired = new StringBuilder(yaml.Length + (inserts.Count * 4));
        var done = 0;
        foreach (var (at, blanks) in inserts)
        {
            repaired.Append(yaml, done, at - done).Append(' ', blanks);
            done = at;
        }

        return repaired.Append(yaml, done, yaml.Length - done).ToString();
    }

    // Behind "- " and "key: ", of which a line may have several.
    private static int ValueStart(string yaml, int start, int end)
    {
        for (var index = start; index < end;)
        {
            if (yaml[index] == '-' && index + 1 < end && yaml[index + 1] == ' ')
            {
                index = SkipBlanks(yaml, index + 1, end);
                continue;
            }

            var colon = yaml.IndexOf(": ", index, end - index, StringComparison.Ordinal);
            return yaml[index] is '"' or '\'' or '[' or '{' or '#' || colon < 0 ? index : SkipBlanks(yaml, colon + 1, end);
        }

        return end;
    }

    private static int SkipBlanks(string yaml, int index, int end)
    {
        while (index < end && yaml[index] == ' ')
        {
            index++;
        }

        return index;
    }

    private static int EndOfLine(string yaml, int start)
    {
        var end = start < yaml.Length ? yaml.IndexOf('\n', start) : -1;
        return end < 0 ? yaml.Length : end;
    }

    // Past the lines of a block scalar: those that are blank or indented more than its key.
    private static int SkipBlock(string yaml, int end, int indentation)
    {
        var line = end + 1;
        while (line < yaml.Length)
        {
            var next = EndOfLine(yaml, line);
            var text = SkipBlanks(yaml, line, next);
            if (text < next && text - line <= indentation)
            {
                break;
            }

            line = next + 1;
        }

        return line;
    }

    // The position behind the value that begins here; -1 if it is not closed.
    private static int Close(string yaml, int start)
    {
        var depth = 0;
        for (var index = start; index < yaml.Length; index++)
        {
            switch (yaml[index])
            {
                case '[' or '{':
                    depth++;
                    break;
                case ']' or '}':
                    depth--;
                    break;
                case '"' or '\'' when depth == 0 || "[{,: \n".Contains(yaml[index - 1], StringComparison.Ordinal):
                    index = CloseQuote(yaml, index);
                    if (index < 0)
                    {
                        return -1;
                    }

                    break;
            }

            if (depth <= 0)
            {
                return index + 1;
            }
        }

        return -1;
    }

    private static int CloseQuote(string yaml, int open)
    {
        for (var index = open + 1; index < yaml.Length; index++)
        {
            if (yaml[index] == '\\' && yaml[open] == '"')
            {
                index++;
            }
            else if (yaml[index] == yaml[open])
            {
                if (yaml[open] != '\'' || index + 1 >= yaml.Length || yaml[index + 1] != '\'')
                {
                    return index;
                }

                index++;
            }
        }

        return -1;
    }
}
