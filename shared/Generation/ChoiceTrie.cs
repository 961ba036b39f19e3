namespace Pipeline.Generation;

/// <summary>The token sequences of a closed set of texts, shared as far as they begin alike.</summary>
internal sealed class ChoiceTrie
{
    private readonly SortedDictionary<int, ChoiceTrie> _next = [];

    /// <summary>The choice that ends here, or -1.</summary>
    public int Choice { get; private set; } = -1;

    /// <summary>Some choice at or below this node.</summary>
    public int First { get; private set; } = -1;

    /// <summary>Choices at or below this node.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens that go on from here, in order of their ids.</summary>
    public IReadOnlyCollection<int> Tokens => _next.Keys;

    /// <summary>Where a token leads.</summary>
    public ChoiceTrie this[int token] => _next[token];

    /// <summary>Adds a choice; of two with the same tokens the first stays.</summary>
    public void Add(IReadOnlyList<int> tokens, int choice)
    {
        var path = new List<ChoiceTrie> { this };
        foreach (var token in tokens)
        {
            path.Add(path[^1]._next.TryGetValue(token, out var known) ? known : path[^1]._next[token] = new());
        }

        if (path[^1].Choice >= 0)
        {
            return;
        }

        path[^1].Choice = choice;
        foreach (var node in path)
        {
            node.Count++;
            node.First = node.First < 0 ? choice : node.First;
        }
    }
}
