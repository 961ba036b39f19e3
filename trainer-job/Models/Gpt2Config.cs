using System.Text.Json.Serialization;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Models;

/// <summary>Hugging Face's <c>config.json</c> for GPT-2 as it is written here; <see cref="ModelConfig"/> reads it.</summary>
internal sealed record Gpt2Config
{
    public IReadOnlyList<string> Architectures { get; } = ["GPT2LMHeadModel"];

    public string ModelType { get; } = "gpt2";

    public string ActivationFunction { get; } = "gelu_new";

    public required int VocabSize { get; init; }

    public required int NPositions { get; init; }

    public required int NEmbd { get; init; }

    public required int NLayer { get; init; }

    public required int NHead { get; init; }

    public int? NInner { get; init; }

    public double LayerNormEpsilon { get; } = 1e-5;

    public bool ScaleAttnWeights { get; } = true;

    public bool ScaleAttnByInverseLayerIdx { get; }

    public bool TieWordEmbeddings { get; } = true;

    public int? BosTokenId { get; init; }

    public int? EosTokenId { get; init; }

    /// <summary>The file of a model; the end of a text is the vocabulary's last token unless it is said otherwise.</summary>
    public static Gpt2Config Of(ModelShape shape) => new()
    {
        VocabSize = shape.Vocabulary,
        NPositions = shape.Context,
        NEmbd = shape.Width,
        NLayer = shape.Layers,
        NHead = shape.Heads,
        BosTokenId = shape.Vocabulary - 1,
        EosTokenId = shape.Vocabulary - 1,
    };
}

/// <summary>The <c>generation_config.json</c> that stands beside it.</summary>
internal sealed record Gpt2GenerationConfig(int BosTokenId, int EosTokenId);

/// <summary>The files as Hugging Face spells them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(Gpt2Config))]
[JsonSerializable(typeof(Gpt2GenerationConfig))]
internal sealed partial class Gpt2Json : JsonSerializerContext;
