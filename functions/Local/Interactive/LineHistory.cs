namespace Pipeline.Functions.Local.Interactive;

/// <summary>The lines of a session, to be had again.</summary>
internal sealed class LineHistory
{
    private const int MostLines = 500;

    private readonly List<string> _lines = [];
    private int _at;
    private string _unfinished = "";

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Keeps a line; one that repeats the last is kept once.</summary>
    public void Add(string line)
    {
        if (line.Length > 0 && (_lines.Count == 0 || _lines[^1] != line))
        {
            _lines.Add(line);
            _lines.RemoveRange(0, Math.Max(0, _lines.Count - MostLines));
        }

        _at = _lines.Count;
    }

    /// <summary>The line before; the present one if there is none.</summary>
    /// <param name="present">What stands in the line now; it comes back behind the last line.</param>
    public string Earlier(string present)
    {
        _unfinished = _at == _lines.Count ? present : _unfinished;
        _at = Math.Max(0, _at - 1);
        return _lines.Count == 0 ? present : _lines[_at];
    }

    /// <summary>The line after.</summary>
    public string Later(string present)
    {
        if (_at >= _lines.Count)
        {
            return present;
        }

        _at++;
        return _at == _lines.Count ? _unfinished : _lines[_at];
    }
}
