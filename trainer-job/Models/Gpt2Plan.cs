using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Models;

/// <summary>What a graph is built for.</summary>
/// <param name="Shape">The model.</param>
/// <param name="Scope">What is trained.</param>
/// <param name="Rows">Rows of the batch.</param>
/// <param name="Length">Tokens of a row.</param>
/// <param name="Operators">What the graph is built of.</param>
/// <param name="Dropout">The share that is dropped in training.</param>
/// <param name="Products">What products of matrices are computed in.</param>
public sealed record Gpt2Plan(ModelShape Shape, TrainingScope Scope, int Rows, int Length, GraphOperators Operators = GraphOperators.Kernels, double Dropout = 0, ElementType Products = ElementType.Number)
{
    /// <summary>B·T.</summary>
    public int Tokens => Rows * Length;

    /// <summary>Names and sizes of the model's tensors and of the adapter's.</summary>
    public IEnumerable<(string Name, Shape Shape)> Tensors =>
        Gpt2Parameters.Of(Shape).Concat(Scope.Lora is { } lora ? LoraAdapter.Of(Shape, lora, Scope.FrozenLayers) : []);
}
