namespace Pipeline.Generation.Markov;

/// <summary>Counts a Markov chain out of documents.</summary>
public static class NgramCounter
{
    /// <summary>Counts what follows each run of up to <paramref name="order"/> tokens, within documents.</summary>
    /// <param name="documents">Token ids, each with the end of text before and after.</param>
    /// <param name="order">The longest run, 1 to <see cref="NgramModel.HighestOrder"/>.</param>
    /// <param name="vocabulary">Tokens.</param>
    /// <param name="cancellationToken">Ends the work between documents.</param>
    public static NgramModel Count(IEnumerable<int[]> documents, int order, int vocabulary, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, NgramModel.HighestOrder);
        var root = new Run(-1, 0);
        var runs = new List<Run> { root };
        var children = new Dictionary<(int Parent, int Token), int>();
        foreach (var document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var at = 1; at < document.Length; at++)
            {
                Add(root, document[at]);
                var node = 0;
                for (var back = 1; back <= Math.Min(order, at); back++)
                {
                    var step = (node, document[at - back]);
                    if (!children.TryGetValue(step, out node))
                    {
                        children[step] = node = runs.Count;
                        runs.Add(new Run(step.node, step.Item2));
                    }

                    Add(runs[node], document[at]);
                }
            }
        }

        return new NgramModel(order, vocabulary, Arrange(runs));
    }

    private static void Add(Run run, int token) => run.Following[token] = run.Following.GetValueOrDefault(token) + 1;

    // Level by level, so that the children of a node lie together.
    private static NgramNodes Arrange(List<Run> runs)
    {
        var children = new List<int>?[runs.Count];
        for (var node = 1; node < runs.Count; node++)
        {
            (children[runs[node].Parent] ??= []).Add(node);
        }

        var order = new List<int>(runs.Count) { 0 };
        var firstChild = new int[runs.Count + 1];
        for (var at = 0; at < order.Count; at++)
        {
            firstChild[at] = order.Count;
            order.AddRange((children[order[at]] ?? []).OrderBy(node => runs[node].Token));
        }

        firstChild[^1] = order.Count;
        var firstSuccessor = new int[runs.Count + 1];
        var (following, times) = (new List<int>(), new List<int>());
        for (var at = 0; at < order.Count; at++)
        {
            firstSuccessor[at] = following.Count;
            foreach (var (token, count) in runs[order[at]].Following.OrderBy(pair => pair.Key))
            {
                following.Add(token);
                times.Add(count);
            }
        }

        firstSuccessor[^1] = following.Count;
        return new NgramNodes([.. order.Select(node => runs[node].Token)], firstChild, firstSuccessor, [.. following], [.. times]);
    }

    private sealed class Run(int parent, int token)
    {
        public int Parent => parent;

        public int Token => token;

        public Dictionary<int, int> Following { get; } = [];
    }
}
