using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// The scores of the next token, x · tableᵀ with the token embeddings as the table, and the negative log-likelihood of the right
/// ones. The gradient of the scores is (softmax - one-hot) · weight: a label's weight 0 ignores it, and a common factor in all
/// weights scales the loss.
/// </summary>
public static class TiedHead
{
    /// <summary>x [R, C] and table [V, C], and a bias [V] if there is one, give scores [R, V].</summary>
    public static GraphValue Logits(Graph graph, GraphValue x, GraphValue table, GraphValue? bias = null) => graph.Gemm(x, table, bias, transposeB: true);

    /// <summary>Scores [R, V] and labels [R, 1] give -ln p(label) [R, 1].</summary>
    public static GraphValue Loss(Graph graph, GraphValue logits, GraphValue labels) => Loss(graph, logits, graph.Softmax(logits), labels);

    /// <summary>
    /// x [R, C], table [V, C], labels [R, 1] (each a valid id) and weights [R, 1] give -ln p(label) [R, 1], not weighted. The gradient of
    /// the weighted sum is contributed at once, but none to the bias, which is never trained: call <see cref="Tape.Backward()"/> next.
    /// </summary>
    public static GraphValue Apply(Tape tape, GraphValue x, GraphValue table, GraphValue labels, GraphValue weights, GraphValue? bias = null)
    {
        var graph = tape.Graph;
        var (dLogits, loss) = Gradient(graph, Logits(graph, x, table, bias), labels, weights);
        tape.Contribute(x, sum => graph.Gemm(dLogits, table, sum));
        tape.Contribute(table, sum => graph.Gemm(dLogits, x, sum, transposeA: true));
        return loss;
    }

    private static (GraphValue Gradient, GraphValue Loss) Gradient(Graph graph, GraphValue logits, GraphValue labels, GraphValue weights)
    {
        if (graph.Operators == GraphOperators.Kernels)
        {
            var outputs = graph.Node(new CrossEntropyKernel(logits.Shape[0], logits.Shape[1]), logits, labels, weights);
            return (outputs[0], outputs[1]);
        }

        var probabilities = graph.Softmax(logits);

        // One element of each row is replaced: no scatter with a reduction, which not every type and device has.
        var atLabel = graph.Multiply(graph.Subtract(graph.Pick(probabilities, labels), graph.Scalar(1)), weights);
        return (graph.Replace(graph.Multiply(probabilities, weights), labels, atLabel), Loss(graph, logits, probabilities, labels));
    }

    private static GraphValue Loss(Graph graph, GraphValue logits, GraphValue probabilities, GraphValue labels)
    {
        // ln Σeˡ = max(l) - ln max(p): never the logarithm of a probability that was rounded to 0.
        var logSum = graph.Subtract(graph.Max(logits, 1), graph.Log(graph.Max(probabilities, 1)));
        return graph.Subtract(logSum, graph.Pick(logits, labels));
    }
}
