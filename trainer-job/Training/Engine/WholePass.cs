using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Composites;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>The whole model as one graph.</summary>
internal sealed class WholePass(Gpt2Plan plan, Graph graph, TrainingEngineOptions options, Func<string, Parameter> parameter) : IPass
{
    private readonly CompiledGraph _graph = new(graph, options);
    private readonly Dictionary<ParameterSet, OrtIoBinding> _bindings = [];

    public BatchTensors Tensors { get; } = new();

    public void SetDropout(DropoutState state)
    {
        state.Fill(Tensors);
        foreach (var (name, mask) in Tensors.Truths)
        {
            state.Fill(mask, Dropout.SiteOf(name)!.Value, plan.Rows);
        }
    }

    /// <summary>Makes the inputs ready to be written to.</summary>
    public void Prepare(ParameterSet gradients)
    {
        if (!_bindings.ContainsKey(gradients))
        {
            _bindings.Add(gradients, _graph.Bind((name, value) => Gpt2Graph.ParameterOf(name) is { } gradient
                ? gradients[gradient].Tensor
                : name.StartsWith(Gpt2Parameters.Prefix, StringComparison.Ordinal) ? parameter(name).Tensor : Tensors.Get(name, value)));
        }
    }

    public void Run(ParameterSet gradients)
    {
        Prepare(gradients);
        _graph.Run(_bindings[gradients]);
    }

    public void Dispose()
    {
        _graph.Dispose();
        Tensors.Dispose();
    }
}
