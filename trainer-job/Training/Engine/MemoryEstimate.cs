using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>
/// How much memory a training takes, worked out from the graphs that it would run: nothing is allocated or compiled.
/// </summary>
/// <param name="Parameters">The model's weights and the adapter's, in bytes.</param>
/// <param name="Training">Gradients and AdamW's two moments of what is trained; with accumulation, a second set of gradients.</param>
/// <param name="Activations">What a forward and backward pass keeps and makes at most at one time, or an evaluation of the same batch; on a GPU 0.</param>
/// <param name="Runtime">The program itself, .NET and ONNX Runtime.</param>
public sealed record MemoryEstimate(long Parameters, long Training, long Activations, long Runtime)
{
    private const long Program = 150_000_000;

    // CUDA's context and the work spaces of its libraries.
    private const long Cuda = 800_000_000;

    // Pieces that are free but too small for what is asked for next.
    private const double Fragmentation = 1.05;

    /// <summary>
    /// What a GPU holds, in bytes; 0 on the CPU. Weights, gradients and the optimiser's state live in host memory: the GPU has copies of what a
    /// graph reads and writes, with all that lies between. Each graph keeps the memory that it once had.
    /// </summary>
    public long Device { get; private init; }

    /// <summary>All of it but the GPU's, in bytes: the largest resident set of the process.</summary>
    public long Total => Parameters + Training + Activations + Runtime;

    /// <summary>Foretells a training.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="rows">Rows of a batch.</param>
    /// <param name="length">Tokens of a row.</param>
    /// <param name="options">What is trained and how.</param>
    /// <param name="accumulation">Batches of a step.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static MemoryEstimate Of(ModelShape shape, int rows, int length, TrainingEngineOptions options, int accumulation = 1)
    {
        options.Check(shape);
        var plan = new Gpt2Plan(shape, options.Scope, rows, length, options.Operators, options.Dropout, options.Products);
        var trained = Bytes(plan.Scope.Trainable(shape));
        if (options.Device.CudaDevice is not null)
        {
            return new MemoryEstimate(Bytes(plan.Tensors), trained * (accumulation > 1 ? 4 : 3), 0, Program) { Device = OnDevice(plan, options.GradientCheckpointing) };
        }

        var passes = options.GradientCheckpointing ? Blocks(plan) : Whole(plan);
        var evaluation = GraphMemory.Peak(Gpt2Graph.Evaluation(plan, plan.Tokens));
        return new MemoryEstimate(
            Bytes(plan.Tensors),
            trained * (accumulation > 1 ? 4 : 3),
            (long)(Fragmentation * Math.Max(passes, evaluation)),
            Program);
    }

    private static long OnDevice(Gpt2Plan plan, bool blocks)
    {
        var layer = Math.Min(plan.Scope.FrozenLayers, plan.Shape.Layers - 1);
        Graph[] graphs = blocks
            ?
            [
                Gpt2BlockGraphs.Embedding(plan),
                Gpt2BlockGraphs.Block(plan, layer),
                Gpt2BlockGraphs.BlockBackward(plan, layer),
                Gpt2BlockGraphs.Head(plan, plan.Tokens, follow: true),
                .. plan.Scope.TrainsParameter(Gpt2Parameters.TokenTable) ? new[] { Gpt2BlockGraphs.EmbeddingBackward(plan) } : [],
            ]
            : [Gpt2Graph.Training(plan, plan.Tokens)];
        return Cuda + (long)(Fragmentation * graphs.Append(Gpt2Graph.Evaluation(plan, plan.Tokens)).Sum(GraphMemory.Whole));
    }

    private static long Whole(Gpt2Plan plan) =>
        GraphMemory.Peak(Gpt2Graph.Training(plan, plan.Tokens, apart: plan.Scope.TrainsParameter(Gpt2Parameters.TokenTable)));

    private static long Blocks(Gpt2Plan plan)
    {
        var stream = (plan.Shape.Layers + 3L) * plan.Tokens * plan.Shape.Width * sizeof(float);
        var layer = Math.Min(plan.Scope.FrozenLayers, plan.Shape.Layers - 1);
        return stream + Math.Max(
            GraphMemory.Peak(Gpt2BlockGraphs.BlockBackward(plan, layer)),
            GraphMemory.Peak(Gpt2BlockGraphs.Head(plan, plan.Tokens, follow: true)));
    }

    private static long Bytes(IEnumerable<(string Name, Shape Shape)> tensors) => tensors.Sum(tensor => tensor.Shape.Elements * sizeof(float));
}
