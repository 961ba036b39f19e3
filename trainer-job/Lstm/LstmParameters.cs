using System.Globalization;
using Pipeline.Generation.Lstm;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>Names and sizes of an LSTM language model's tensors, as PyTorch's <c>Embedding</c>, <c>LSTM</c> and <c>Linear</c> have them.</summary>
internal static class LstmParameters
{
    /// <summary>The token embeddings [V, E].</summary>
    public const string Embedding = "embedding.weight";

    /// <summary>The head [V, H].</summary>
    public const string Head = "decoder.weight";

    /// <summary>The head's bias [V].</summary>
    public const string HeadBias = "decoder.bias";

    /// <summary>A tensor of a layer: <c>weight_ih</c>, <c>weight_hh</c>, <c>bias_ih</c> or <c>bias_hh</c>, gates in the order i, f, g, o.</summary>
    public static string Of(string part, int layer) => string.Create(CultureInfo.InvariantCulture, $"lstm.{part}_l{layer}");

    /// <summary>All tensors of a model.</summary>
    public static IEnumerable<(string Name, Shape Shape)> Of(LstmShape shape)
    {
        var (E, H, V) = (shape.Embedding, shape.Hidden, shape.Vocabulary);
        yield return (Embedding, [V, E]);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            yield return (Of("weight_ih", layer), [4 * H, layer == 0 ? E : H]);
            yield return (Of("weight_hh", layer), [4 * H, H]);
            yield return (Of("bias_ih", layer), [4 * H]);
            yield return (Of("bias_hh", layer), [4 * H]);
        }

        yield return (Head, [V, H]);
        yield return (HeadBias, [V]);
    }

    /// <summary>A set of zeros for all tensors of a model.</summary>
    public static ParameterSet Allocate(LstmShape shape) => new(Of(shape).Select(tensor => (tensor.Name, tensor.Shape.ToInt64())));

    /// <summary>
    /// Starting weights: uniform within 1/√H as PyTorch's, embeddings uniform within 0.1, and the forget gates open, so that a state is kept
    /// from the beginning (Jozefowicz et al. 2015, section 2.2).
    /// </summary>
    public static ParameterSet Random(LstmShape shape, ulong seed)
    {
        const double embedding = 0.1;
        var parameters = Allocate(shape);
        var random = new SplitMix(seed);
        foreach (var parameter in parameters)
        {
            var bound = parameter.Name == Embedding ? embedding : 1 / Math.Sqrt(shape.Hidden);
            foreach (ref var value in parameter.Values)
            {
                value = (float)(bound * ((2 * random.Uniform()) - 1));
            }

            if (parameter.Name.StartsWith("lstm.bias_ih", StringComparison.Ordinal))
            {
                parameter.Values.Slice(shape.Hidden, shape.Hidden).Fill(1);
            }
        }

        return parameters;
    }
}
