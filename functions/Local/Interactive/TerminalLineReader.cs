namespace Pipeline.Functions.Local.Interactive;

/// <summary>Lines that a person writes at a terminal, with a cursor and a history.</summary>
internal sealed class TerminalLineReader(LineHistory history) : ILineReader
{
    private const int NarrowestLine = 8;

    // Some terminals do not say how wide they are.
    private const int UsualWidth = 80;

    /// <inheritdoc />
    public string? Read(string prompt)
    {
        // While a line is being written Ctrl-C gives up the line; it comes as a key.
        Console.TreatControlCAsInput = true;
        try
        {
            var line = new EditedLine(history);
            while (true)
            {
                Show(prompt, line);
                var key = Console.ReadKey(intercept: true);
                var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
                if (key.Key == ConsoleKey.Enter)
                {
                    Console.WriteLine();
                    return line.Text;
                }

                if (key.Key == ConsoleKey.C && control)
                {
                    Console.WriteLine("^C");
                    return "";
                }

                if (key.Key == ConsoleKey.D && control && line.Text.Length == 0)
                {
                    Console.WriteLine();
                    return null;
                }

                line.Press(key);
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    // A line that is wider than the terminal moves sideways below its cursor.
    private static void Show(string prompt, EditedLine line)
    {
        var room = Math.Max(NarrowestLine, (Console.WindowWidth is > 0 and var width ? width : UsualWidth) - prompt.Length - 1);
        var start = Math.Max(0, line.Cursor - room + 1);
        var visible = line.Text.AsSpan(start, Math.Min(room, line.Text.Length - start));
        var behind = visible.Length - (line.Cursor - start);
        Console.Write($"\r{prompt}{visible}\e[K{(behind > 0 ? $"\e[{behind}D" : "")}");
    }
}
