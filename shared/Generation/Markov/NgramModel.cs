namespace Pipeline.Generation.Markov;

/// <summary>
/// A Markov chain of order k: what followed each run of up to k tokens, and how often. Probabilities are interpolated over all lengths of the
/// run by Witten and Bell's method (1991, method C): of c times that a run occurred with t different successors, t parts of c + t go to the
/// shorter run's opinion, in the end to all tokens alike, so that none is impossible.
/// </summary>
/// <remarks>Runs are nodes of a tree, read backwards: the children of a run are those that are one token longer at its front.</remarks>
public sealed class NgramModel
{
    /// <summary>The longest run.</summary>
    public const int HighestOrder = 16;

    private readonly float[] _alone;

    internal NgramModel(int order, int vocabulary, NgramNodes nodes)
    {
        (Order, Vocabulary, Nodes) = (order, vocabulary, nodes);
        _alone = new float[vocabulary];
        Array.Fill(_alone, 1f / vocabulary);
        Mix(0, _alone);
    }

    /// <summary>The longest run of tokens that is looked at.</summary>
    public int Order { get; }

    /// <summary>Tokens.</summary>
    public int Vocabulary { get; }

    /// <summary>Runs that are known, the empty one included.</summary>
    public int Runs => Nodes.Tokens.Length;

    internal NgramNodes Nodes { get; }

    /// <summary>The natural logarithm of the probability of every next token.</summary>
    /// <param name="text">What comes before; only its last <see cref="Order"/> tokens count.</param>
    /// <param name="scores">One for each token of the vocabulary.</param>
    public void LogProbabilities(ReadOnlySpan<int> text, Span<float> scores)
    {
        _alone.CopyTo(scores);
        var node = 0;
        for (var back = 1; back <= Math.Min(Order, text.Length) && Nodes.Child(node, text[^back]) is { } child; back++)
        {
            Mix(node = child, scores);
        }

        System.Numerics.Tensors.TensorPrimitives.Log(scores, scores);
    }

    /// <summary>The natural logarithm of one token's probability.</summary>
    public double LogProbability(ReadOnlySpan<int> text, int token)
    {
        var probability = (double)_alone[token];
        var node = 0;
        for (var back = 1; back <= Math.Min(Order, text.Length) && Nodes.Child(node, text[^back]) is { } child; back++)
        {
            node = child;
            var (kinds, times) = (Nodes.Successors(node).Length, Nodes.Total(node));
            probability = (Nodes.Count(node, token) + (kinds * probability)) / (times + kinds);
        }

        return Math.Log(probability);
    }

    private void Mix(int node, Span<float> probabilities)
    {
        var successors = Nodes.Successors(node);
        var counts = Nodes.Counts(node);
        var all = (float)(Nodes.Total(node) + successors.Length);
        if (all == 0)
        {
            return;
        }

        System.Numerics.Tensors.TensorPrimitives.Multiply(probabilities, successors.Length / all, probabilities);
        for (var i = 0; i < successors.Length; i++)
        {
            probabilities[successors[i]] += counts[i] / all;
        }
    }
}
