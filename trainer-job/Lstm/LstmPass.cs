using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>One of the graphs of <see cref="LstmGraph"/> for batches of one size, compiled.</summary>
internal sealed class LstmPass(Graph graph, ParameterSet parameters) : IDisposable
{
    private readonly CompiledGraph _graph = new(graph, new TrainingEngineOptions());
    private readonly Dictionary<ParameterSet, OrtIoBinding> _bindings = [];

    /// <summary>The batch, the state before and after, and what comes out besides gradients.</summary>
    public BatchTensors Tensors { get; } = new();

    /// <summary>Makes the tensors ready to be written to.</summary>
    public void Prepare(ParameterSet gradients)
    {
        if (!_bindings.ContainsKey(gradients))
        {
            _bindings.Add(gradients, _graph.Bind((name, value) =>
                LstmGraph.ParameterOf(name) is { } trained ? gradients[trained].Tensor
                : parameters.Contains(name) ? parameters[name].Tensor
                : Tensors.Get(name, value)));
        }
    }

    /// <summary>Runs it; gradients, if it makes any, are written over those of the set.</summary>
    public void Run(ParameterSet gradients) => _graph.Run(_bindings[gradients]);

    /// <inheritdoc />
    public void Dispose()
    {
        _graph.Dispose();
        Tensors.Dispose();
    }
}
