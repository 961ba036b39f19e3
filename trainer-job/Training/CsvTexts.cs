using System.Text;

namespace Pipeline.TrainerJob.Training;

/// <summary>The <c>text</c> column of a CSV file by RFC 4180: quoted cells may hold commas, doubled quotes and line ends.</summary>
internal static class CsvTexts
{
    private const string Column = "text";

    /// <summary>One text a row.</summary>
    /// <param name="csv">The file's content.</param>
    /// <param name="path">Its name, for complaints.</param>
    /// <exception cref="InputException">There is no such column, or a row does not fit the header.</exception>
    public static IReadOnlyList<string> Parse(string csv, string path)
    {
        List<string> texts = [];
        var column = -1;
        var cells = 0;
        foreach (var (row, line) in Rows(csv, path))
        {
            if (cells == 0)
            {
                cells = row.Count;
                column = row.FindIndex(cell => string.Equals(cell.Trim(), Column, StringComparison.OrdinalIgnoreCase));
                if (column < 0)
                {
                    throw new InputException($"{path} has no column '{Column}' in its first row; name the column that holds the posts '{Column}'.");
                }
            }
            else if (row.Count != cells)
            {
                throw new InputException($"{path}, line {line}: the row has {row.Count} cells, the header {cells}. Put quotes around cells that hold commas.");
            }
            else
            {
                texts.Add(row[column]);
            }
        }

        return texts;
    }

    private static IEnumerable<(List<string> Row, int Line)> Rows(string csv, string path)
    {
        var (at, line) = (0, 1);
        while (at < csv.Length)
        {
            var first = line;
            List<string> row = [];
            do
            {
                row.Add(Cell(csv, path, ref at, ref line));
            }
            while (at < csv.Length && csv[at] == ',' && ++at <= csv.Length);

            if (at < csv.Length && csv[at] == '\r')
            {
                at++;
            }

            if (at < csv.Length && csv[at] == '\n')
            {
                at++;
                line++;
            }

            // An empty line, such as one at the end, is no row.
            if (row is not [""])
            {
                yield return (row, first);
            }
        }
    }

    private static string Cell(string csv, string path, ref int at, ref int line)
    {
        if (at >= csv.Length || csv[at] != '"')
        {
            var length = csv.AsSpan(at).IndexOfAny(",\r\n");
            var plain = length < 0 ? csv[at..] : csv.Substring(at, length);
            at += plain.Length;
            return plain;
        }

        var (cell, start) = (new StringBuilder(), line);
        for (at++; at < csv.Length; at++)
        {
            if (csv[at] == '"')
            {
                if (at + 1 >= csv.Length || csv[at + 1] != '"')
                {
                    at++;
                    return at >= csv.Length || csv[at] is ',' or '\r' or '\n'
                        ? cell.ToString()
                        : throw new InputException($"{path}, line {line}: text follows a closing quote; double the quotes within a cell.");
                }

                at++;
            }

            line += csv[at] == '\n' ? 1 : 0;
            cell.Append(csv[at]);
        }

        throw new InputException($"{path}, line {start}: the quote that opens here is never closed.");
    }
}
