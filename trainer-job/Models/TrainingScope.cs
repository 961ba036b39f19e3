using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Models;

/// <summary>Which tensors of a GPT-2 are trained. With an adapter only the adapter is.</summary>
/// <param name="Lora">The adapter, or none.</param>
/// <param name="FrozenLayers">How many blocks, counted from the embeddings, are left as they are.</param>
/// <param name="FrozenEmbeddings">Whether the token and position tables are left as they are; the token table is the head, too.</param>
public sealed record TrainingScope(LoraSettings? Lora = null, int FrozenLayers = 0, bool FrozenEmbeddings = false)
{
    /// <summary>Everything is trained.</summary>
    public static TrainingScope Full { get; } = new();

    /// <summary>Nothing is trained.</summary>
    public static TrainingScope Nothing { get; } = new(new LoraSettings(Rank: 0));

    /// <summary>Names and sizes of the tensors that are trained, in the order of the model.</summary>
    public IEnumerable<(string Name, Shape Shape)> Trainable(ModelShape shape) =>
        Lora is null ? Gpt2Parameters.Of(shape).Where(tensor => TrainsParameter(tensor.Name)) : LoraAdapter.Of(shape, Lora, FrozenLayers);

    /// <summary>Whether a parameter of the model itself is trained.</summary>
    public bool TrainsParameter(string name) => Lora is null
        && (name is Gpt2Parameters.TokenTable or Gpt2Parameters.PositionTable
            ? !FrozenEmbeddings
            : Gpt2Parameters.LayerOf(name) is not { } layer || layer >= FrozenLayers);

    /// <summary>Whether a matrix of a block has an adapter.</summary>
    internal bool Adapts(int layer, string module) => Lora is not null && layer >= FrozenLayers && Lora.Adapts(module);

    /// <summary>Whether anything in a block is trained.</summary>
    internal bool TrainsBlock(int layer) => layer >= FrozenLayers && Lora is not { Rank: 0 } && Lora is not { Targets: LoraTargets.None };
}
