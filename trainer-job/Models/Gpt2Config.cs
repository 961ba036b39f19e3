using System.Text.Json.Serialization;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Models;

/// <summary>The keys of Hugging Face's <c>config.json</c> for GPT-2 that matter here; keys that are missing have its defaults.</summary>
// Settable, since the generated reader gives an init-only property that the file leaves out its type's default instead.
internal sealed record Gpt2Config
{
    // Far beyond any model that fits a machine, near enough that products of two stay within 64 bits.
    private const int LargestSize = 1 << 24;

    public IReadOnlyList<string> Architectures { get; set; } = ["GPT2LMHeadModel"];

    public string ModelType { get; set; } = "gpt2";

    public string ActivationFunction { get; set; } = "gelu_new";

    public int VocabSize { get; set; } = 50257;

    public int NPositions { get; set; } = 1024;

    public int NEmbd { get; set; } = 768;

    public int NLayer { get; set; } = 12;

    public int NHead { get; set; } = 12;

    public int? NInner { get; init; }

    public double LayerNormEpsilon { get; set; } = Gpt2Graph.Epsilon;

    public bool ScaleAttnWeights { get; set; } = true;

    public bool ScaleAttnByInverseLayerIdx { get; init; }

    public bool TieWordEmbeddings { get; set; } = true;

    public int? BosTokenId { get; init; }

    public int? EosTokenId { get; init; }

    public static Gpt2Config Of(ModelShape shape) => new()
    {
        VocabSize = shape.Vocabulary,
        NPositions = shape.Context,
        NEmbd = shape.Width,
        NLayer = shape.Layers,
        NHead = shape.Heads,
        LayerNormEpsilon = 1e-5,
        BosTokenId = shape.Vocabulary - 1,
        EosTokenId = shape.Vocabulary - 1,
    };

    /// <summary>The sizes; only to be used when there are no <see cref="Problems"/>.</summary>
    public ModelShape Shape => new(NLayer, NHead, NEmbd, NPositions, VocabSize);

    /// <summary>What keeps this model from being computed here.</summary>
    public IEnumerable<string> Problems()
    {
        if (ModelType != "gpt2")
        {
            yield return $"model_type is {ModelType}, not gpt2";
        }

        if (ActivationFunction is not ("gelu_new" or "gelu_fast" or "gelu_pytorch_tanh"))
        {
            yield return $"activation_function is {ActivationFunction}, not gelu_new";
        }

        foreach (var (name, size) in Sizes().Where(item => item.Size is < 1 or > LargestSize))
        {
            yield return $"{name} is {size}";
        }

        if (NHead >= 1 && NEmbd % NHead != 0)
        {
            yield return $"n_embd {NEmbd} is not a multiple of n_head {NHead}";
        }

        if (NInner is { } inner && inner != 4L * NEmbd)
        {
            yield return $"n_inner is {inner}, not 4 times n_embd";
        }

        if (Math.Abs(LayerNormEpsilon - Gpt2Graph.Epsilon) > 1e-9)
        {
            yield return $"layer_norm_epsilon is {LayerNormEpsilon.ToString(System.Globalization.CultureInfo.InvariantCulture)}, not 1e-5";
        }

        if (!ScaleAttnWeights || ScaleAttnByInverseLayerIdx)
        {
            yield return "its attention is scaled in another way than by 1/√head size";
        }

        if (!TieWordEmbeddings)
        {
            yield return "tie_word_embeddings is false; only a tied head is supported";
        }
    }

    private IEnumerable<(string Name, int Size)> Sizes() =>
        [("vocab_size", VocabSize), ("n_positions", NPositions), ("n_embd", NEmbd), ("n_layer", NLayer), ("n_head", NHead)];
}

/// <summary>The <c>generation_config.json</c> that stands beside it.</summary>
internal sealed record Gpt2GenerationConfig(int BosTokenId, int EosTokenId);

/// <summary>The files as Hugging Face spells them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(Gpt2Config))]
[JsonSerializable(typeof(Gpt2GenerationConfig))]
internal sealed partial class Gpt2Json : JsonSerializerContext;
