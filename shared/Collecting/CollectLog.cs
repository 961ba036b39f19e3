namespace Pipeline.Collecting;

/// <summary>What a source could not take, and what it was told not to take.</summary>
public sealed class CollectLog
{
    // A broken archive can have as many problems as it has posts; nobody reads more lines than these.
    private const int MostProblems = 200;

    private readonly List<string> _problems = [];
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);

    /// <summary>One sentence each, the file first, with what to do.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>How many problems there were beyond those listed.</summary>
    public int MoreProblems { get; private set; }

    /// <summary>How many posts were left out on purpose, by the reason.</summary>
    public IReadOnlyDictionary<string, int> LeftOut => _leftOut;

    /// <summary>Notes a problem.</summary>
    public void Problem(string sentence)
    {
        if (_problems.Count < MostProblems)
        {
            _problems.Add(string.Concat(sentence.Select(c => char.IsControl(c) ? ' ' : c)));
        }
        else
        {
            MoreProblems++;
        }
    }

    /// <summary>Counts a post that is left out on purpose.</summary>
    public void Omit(string reason) => _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;
}
