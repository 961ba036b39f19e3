using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Composites;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>The whole model as one graph, but for the end of its backward pass, which adds to what the graph has written.</summary>
internal sealed class WholePass(
    Gpt2Plan plan, Graph graph, Graph? embeddingBackward, TrainingEngineOptions options, Func<string, Parameter> parameter) : IPass
{
    private readonly CompiledGraph _graph = new(graph, options);
    private readonly CompiledGraph? _embeddingBackward = embeddingBackward is null ? null : new(embeddingBackward, options);
    private readonly Dictionary<ParameterSet, (OrtIoBinding Whole, OrtIoBinding? Embeddings)> _bindings = [];

    public BatchTensors Tensors { get; } = new();

    public void SetDropout(DropoutState state)
    {
        state.Fill(Tensors);
        foreach (var (name, mask) in Tensors.Truths)
        {
            state.Fill(mask, Dropout.SiteOf(name)!.Value, plan.Rows);
        }
    }

    public void Prepare(ParameterSet gradients)
    {
        if (!_bindings.ContainsKey(gradients))
        {
            _bindings.Add(gradients, (_graph.Bind(Find), _embeddingBackward?.Bind(Find)));
        }

        OrtValue Find(string name, GraphValue value) => name switch
        {
            Gpt2BlockGraphs.TableGradient => gradients[Gpt2Parameters.TokenTable].Tensor,
            Gpt2BlockGraphs.OutGradient => Tensors.Get(Gpt2BlockGraphs.InGradient, value),
            _ when Gpt2Graph.ParameterOf(name) is { } trained => gradients[trained].Tensor,
            _ when name.StartsWith(Gpt2Parameters.Prefix, StringComparison.Ordinal) => parameter(name).Tensor,
            _ => Tensors.Get(name, value),
        };
    }

    public void Run(ParameterSet gradients)
    {
        Prepare(gradients);
        var (whole, embeddings) = _bindings[gradients];
        _graph.Run(whole);
        if (embeddings is not null)
        {
            _embeddingBackward!.Run(embeddings);
        }
    }

    public void Dispose()
    {
        _graph.Dispose();
        _embeddingBackward?.Dispose();
        Tensors.Dispose();
    }
}
