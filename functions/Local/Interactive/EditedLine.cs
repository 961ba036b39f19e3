using System.Text;

namespace Pipeline.Functions.Local.Interactive;

/// <summary>A line that is being written, with a cursor in it; the keys are those of every shell.</summary>
internal sealed class EditedLine(LineHistory history)
{
    private readonly StringBuilder _text = new();

    /// <summary>The line.</summary>
    public string Text => _text.ToString();

    /// <summary>Characters before the cursor.</summary>
    public int Cursor { get; private set; }

    /// <summary>Does what a key says; keys that mean nothing here do nothing.</summary>
    public void Press(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.Backspace when Cursor > 0:
                Remove(Cursor - Width(Cursor - 1, back: true), Cursor);
                break;
            case ConsoleKey.Delete when Cursor < _text.Length:
                Remove(Cursor, Cursor + Width(Cursor, back: false));
                break;
            case ConsoleKey.LeftArrow when Cursor > 0:
                Cursor -= Width(Cursor - 1, back: true);
                break;
            case ConsoleKey.RightArrow when Cursor < _text.Length:
                Cursor += Width(Cursor, back: false);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                Cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                Cursor = _text.Length;
                break;
            case ConsoleKey.U when control:
                Remove(0, Cursor);
                break;
            case ConsoleKey.K when control:
                Remove(Cursor, _text.Length);
                break;
            case ConsoleKey.W when control:
                Remove(WordStart(), Cursor);
                break;
            case ConsoleKey.UpArrow:
                Replace(history.Earlier(Text));
                break;
            case ConsoleKey.DownArrow:
                Replace(history.Later(Text));
                break;
            default:
                if (!char.IsControl(key.KeyChar) && !control)
                {
                    _text.Insert(Cursor++, key.KeyChar);
                }

                break;
        }
    }

    private void Remove(int start, int end)
    {
        _text.Remove(start, end - start);
        Cursor = start;
    }

    private void Replace(string text)
    {
        _text.Clear().Append(text);
        Cursor = text.Length;
    }

    // The halves of a character stay together.
    private int Width(int at, bool back) =>
        back ? (at > 0 && char.IsLowSurrogate(_text[at]) ? 2 : 1) : (char.IsHighSurrogate(_text[at]) && at + 1 < _text.Length ? 2 : 1);

    private int WordStart()
    {
        var at = Cursor;
        while (at > 0 && _text[at - 1] == ' ')
        {
            at--;
        }

        while (at > 0 && _text[at - 1] != ' ')
        {
            at--;
        }

        return at;
    }
}
