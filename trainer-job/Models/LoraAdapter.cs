using System.Numerics.Tensors;
using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// The tensors of an adapter: for each adapted matrix <c>transformer.h.N.attn.c_attn</c> the two <c>.lora_A.weight</c> [rank, in] and
/// <c>.lora_B.weight</c> [out, rank]; PEFT's files have the same sizes, and <c>base_model.model.</c> before the names.
/// </summary>
public static class LoraAdapter
{
    private const string First = ".lora_A.weight";
    private const string Second = ".lora_B.weight";

    /// <summary>The name of the A of a matrix, <paramref name="module"/> being its name without <c>.weight</c>.</summary>
    public static string FirstOf(string module) => module + First;

    /// <summary>The name of the B of a matrix.</summary>
    public static string SecondOf(string module) => module + Second;

    /// <summary>All tensors of an adapter in the order of the model; the lowest <paramref name="frozenLayers"/> blocks have none.</summary>
    public static IEnumerable<(string Name, Shape Shape)> Of(ModelShape shape, LoraSettings settings, int frozenLayers = 0)
    {
        var sizes = Gpt2Parameters.Of(shape).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        for (var layer = frozenLayers; layer < shape.Layers && settings.Rank > 0; layer++)
        {
            foreach (var module in settings.ModuleNames.Select(name => Gpt2Parameters.Block(layer) + name))
            {
                var matrix = sizes[module + ".weight"];
                yield return (FirstOf(module), [settings.Rank, matrix[0]]);
                yield return (SecondOf(module), [matrix[1], settings.Rank]);
            }
        }
    }

    /// <summary>An adapter that changes nothing yet: A uniform within ±1/√in, which is PEFT's start, and B zero. The caller disposes of it.</summary>
    public static ParameterSet Random(ModelShape shape, LoraSettings settings, ulong seed, int frozenLayers = 0)
    {
        var adapter = new ParameterSet(Of(shape, settings, frozenLayers).Select(tensor => (tensor.Name, tensor.Shape.ToInt64())));
        var random = new SplitMix(seed);
        foreach (var parameter in adapter.Where(parameter => parameter.Name.EndsWith(First, StringComparison.Ordinal)))
        {
            var bound = 1 / Math.Sqrt(parameter.Shape[1]);
            foreach (ref var value in parameter.Values)
            {
                value = (float)(bound * ((2 * random.Uniform()) - 1));
            }
        }

        return adapter;
    }

    /// <summary>Adds an adapter to the matrices that it belongs to, W += factor · (B · A)ᵀ: the model then does alone what both did.</summary>
    public static void Merge(ParameterSet parameters, ParameterSet adapter, LoraSettings settings)
    {
        foreach (var first in adapter.Where(parameter => parameter.Name.EndsWith(First, StringComparison.Ordinal)))
        {
            var module = first.Name[..^First.Length];
            var (second, matrix) = (adapter[SecondOf(module)], parameters[module + ".weight"]);
            var (rank, inputs, outputs) = ((int)first.Shape[0], (int)first.Shape[1], (int)second.Shape[0]);
            var columns = Transposed(second.Values, outputs, rank);
            for (var i = 0; i < inputs; i++)
            {
                var row = matrix.Values.Slice(i * outputs, outputs);
                for (var r = 0; r < rank; r++)
                {
                    var share = (float)(settings.Factor * first.Values[(r * inputs) + i]);
                    TensorPrimitives.MultiplyAdd(columns.AsSpan(r * outputs, outputs), share, row, row);
                }
            }
        }
    }

    private static float[] Transposed(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        var result = new float[matrix.Length];
        for (var i = 0; i < matrix.Length; i++)
        {
            result[(i % columns * rows) + (i / columns)] = matrix[i];
        }

        return result;
    }
}
