using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>What is trained, how, and how the machine is used.</summary>
public sealed record TrainingEngineOptions
{
    /// <summary>
    /// Trains adapters beside chosen matrices, and nothing else: <see cref="TrainingEngine.Adapter"/> holds them, gradients and optimiser
    /// state are theirs alone. Null trains the parameters themselves. Rank 0 trains nothing.
    /// </summary>
    public LoraSettings? Lora { get; init; }

    /// <summary>
    /// How many blocks, counted from the embeddings, are left as they are: with an adapter they have none. No backward pass is computed
    /// below the lowest tensor that is trained, so freeze the embeddings too, or it goes all the way down.
    /// </summary>
    public int FrozenLayers { get; init; }

    /// <summary>Leaves the token table, which is also the head, and the position table as they are. An adapter always does.</summary>
    public bool FrozenEmbeddings { get; init; }

    /// <summary>
    /// The share, from 0 up to but without 1, of the embeddings, attention weights and branches' outputs that is set to zero in training, the
    /// rest being scaled up. What is dropped follows from <see cref="Seed"/>, the number of updates made and the row's place in the step
    /// alone: set <see cref="TrainingEngine.Updates"/> when going on from a checkpoint, and the run goes on to the bit. One large batch
    /// drops what the same rows drop in several small ones.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>What an adapter's start and dropout follow from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Keeps only what enters each block and computes the rest again in the backward pass, block by block: about a third more time for far
    /// less memory. Gradients are the same.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Threads for the graph and the optimiser. Results are equal to the bit for equal numbers.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Plans all memory of a step in one piece: a little faster, but takes more.</summary>
    public bool MemoryPattern { get; init; }

    /// <summary>Which operators the graphs are built of; a GPU and half precision have the portable ones only.</summary>
    public GraphOperators Operators
    {
        get => Device.CudaDevice is null && Precision == TrainingPrecision.Full ? field : GraphOperators.Portable;
        init;
    } = GraphOperators.Kernels;

    /// <summary>
    /// Where graphs run. On a GPU weights, gradients and optimiser state stay in host memory and are copied at each step, so the GPU holds
    /// little more than the activations.
    /// </summary>
    public ExecutionDevice Device { get; init; } = ExecutionDevice.Cpu;

    /// <summary>What products of matrices are computed in; other than float32 needs portable operators, as a GPU does.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>
    /// What the loss is multiplied by while gradients are computed in float16; they are divided by it again. Halved whenever a gradient comes
    /// out infinite, which a loop sees as a norm that is no number and skips.
    /// </summary>
    public double LossScale { get; init; } = 1024;

    /// <summary>Where ONNX Runtime's profiler writes, as the beginning of a path; null for no profile.</summary>
    public string? ProfilePrefix { get; init; }

    internal ElementType Products => Precision switch
    {
        TrainingPrecision.Half => ElementType.Half,
        TrainingPrecision.BFloat16 => ElementType.BFloat16,
        _ => ElementType.Number,
    };

    internal TrainingScope Scope => new(Lora, FrozenLayers, FrozenEmbeddings);

    /// <summary>Refuses settings that make no sense for a model.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal void Check(ModelShape shape)
    {
        if (FrozenLayers < 0 || FrozenLayers > shape.Layers)
        {
            throw new ArgumentException($"{FrozenLayers} frozen layers: the model has {shape.Layers}.");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"Dropout is {Dropout}: it must be 0 or more and less than 1."));
        }

        if (!(LossScale >= 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"The loss scale is {LossScale}: it must be 1 or more."));
        }

        if (Lora is { } lora && (lora.Rank < 0 || lora.Rank > shape.Width || !double.IsFinite(lora.Alpha)))
        {
            throw new ArgumentException(FormattableString.Invariant($"LoRA of rank {lora.Rank} with alpha {lora.Alpha}: the rank must be 0 to {shape.Width}, alpha a number."));
        }
    }
}
