using System.Globalization;
using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Models;

/// <summary>Names and sizes of GPT-2's tensors, in the order of Hugging Face's <c>GPT2LMHeadModel</c>; the head is the token table.</summary>
public static class Gpt2Parameters
{
    /// <summary>What comes before every name in a saved model, and is missing in the oldest files on the hub.</summary>
    public const string Prefix = "transformer.";

    /// <summary>The token embeddings [V, C].</summary>
    public const string TokenTable = Prefix + "wte.weight";

    /// <summary>The position embeddings [T, C].</summary>
    public const string PositionTable = Prefix + "wpe.weight";

    /// <summary>The last layer norm; <c>.weight</c> and <c>.bias</c> follow.</summary>
    public const string FinalNorm = Prefix + "ln_f";

    /// <summary>The bias of CTRL's head [V].</summary>
    public const string HeadBias = Prefix + "head.bias";

    /// <summary>What comes before the names of one block.</summary>
    public static string Block(int layer) => $"{Prefix}h.{layer}.";

    /// <summary>The number of the block that a tensor belongs to, or null.</summary>
    public static int? LayerOf(string name)
    {
        const string Blocks = Prefix + "h.";
        return name.StartsWith(Blocks, StringComparison.Ordinal) && name.IndexOf('.', Blocks.Length) is > 0 and var end
            ? int.Parse(name.AsSpan(Blocks.Length, end - Blocks.Length), CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>All tensors of a model.</summary>
    public static IEnumerable<(string Name, Shape Shape)> Of(ModelShape shape)
    {
        var C = shape.Width;
        yield return (TokenTable, [shape.Vocabulary, C]);
        yield return (PositionTable, [shape.Context, C]);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            foreach (var (name, size) in OfBlock(C, shape.InnerWidth))
            {
                yield return (Block(layer) + name, size);
            }
        }

        yield return (FinalNorm + ".weight", [C]);
        yield return (FinalNorm + ".bias", [C]);
        if (shape.IsCtrl)
        {
            yield return (HeadBias, [shape.Vocabulary]);
        }
    }

    /// <summary>A set of zeros for all tensors of a model.</summary>
    public static ParameterSet Allocate(ModelShape shape) => new(Of(shape).Select(tensor => (tensor.Name, tensor.Shape.ToInt64())));

    private static IEnumerable<(string Name, Shape Shape)> OfBlock(int C, int I) =>
    [
        ("ln_1.weight", [C]),
        ("ln_1.bias", [C]),
        ("attn.c_attn.weight", [C, 3 * C]),
        ("attn.c_attn.bias", [3 * C]),
        ("attn.c_proj.weight", [C, C]),
        ("attn.c_proj.bias", [C]),
        ("ln_2.weight", [C]),
        ("ln_2.bias", [C]),
        ("mlp.c_fc.weight", [C, I]),
        ("mlp.c_fc.bias", [I]),
        ("mlp.c_proj.weight", [I, C]),
        ("mlp.c_proj.bias", [C]),
    ];
}
