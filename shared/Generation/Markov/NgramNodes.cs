namespace Pipeline.Generation.Markov;

/// <summary>The tree of runs, level by level: the children of a node, and the successors of a node, lie together in the order of their tokens.</summary>
/// <param name="Tokens">The token that each node puts before its parent's run; the root is the empty run.</param>
/// <param name="FirstChild">Where each node's children begin, and at the end their number.</param>
/// <param name="FirstSuccessor">Where each node's successors begin, and at the end their number.</param>
/// <param name="Following">The successors.</param>
/// <param name="Times">How often each followed.</param>
internal sealed record NgramNodes(int[] Tokens, int[] FirstChild, int[] FirstSuccessor, int[] Following, int[] Times)
{
    // Only when asked for: tables from a file are checked first.
    private long[] Totals => field ??= [.. Enumerable.Range(0, Tokens.Length).Select(node => Counts(node).ToArray().Sum(count => (long)count))];

    /// <summary>The node of the run with a token before it, or null.</summary>
    public int? Child(int node, int token)
    {
        var (start, end) = (FirstChild[node], FirstChild[node + 1]);
        var found = Tokens.AsSpan(start, end - start).BinarySearch(token);
        return found >= 0 ? start + found : null;
    }

    /// <summary>The tokens that followed a run.</summary>
    public ReadOnlySpan<int> Successors(int node) => Following.AsSpan(FirstSuccessor[node]..FirstSuccessor[node + 1]);

    /// <summary>How often each of them did.</summary>
    public ReadOnlySpan<int> Counts(int node) => Times.AsSpan(FirstSuccessor[node]..FirstSuccessor[node + 1]);

    /// <summary>How often a token followed a run.</summary>
    public int Count(int node, int token)
    {
        var found = Successors(node).BinarySearch(token);
        return found >= 0 ? Counts(node)[found] : 0;
    }

    /// <summary>How often anything followed a run.</summary>
    public long Total(int node) => Totals[node];
}
