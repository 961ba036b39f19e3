namespace Pipeline.Collecting;

/// <summary>Counts entries of an archive that are not as its known versions have them, for one line about all of them.</summary>
/// <param name="name">The archive.</param>
/// <param name="expected">What an entry ought to have.</param>
internal sealed class MisfitCount(string name, string expected)
{
    private int _entries;
    private int _misfits;
    private int _first;

    /// <summary>Counts an entry; misfits are those without what was expected.</summary>
    public void Add(bool fits)
    {
        _entries++;
        if (!fits)
        {
            _misfits++;
            _first = _first == 0 ? _entries : _first;
        }
    }

    /// <summary>Tells how many there were, if any.</summary>
    public void Tell(CollectLog log)
    {
        if (_misfits > 0)
        {
            log.Problem($"{name}: {_misfits} of {_entries} entries have no {expected}, the first is entry {_first}; they were left out. "
                + (_misfits == _entries ? "The archive is of a version that is not known: update Pipeline." : "The archive may be damaged there."));
        }
    }
}
