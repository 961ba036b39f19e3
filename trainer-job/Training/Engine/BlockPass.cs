using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Composites;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>
/// Training block by block (Chen et al. 2016, Training deep nets with sublinear memory cost): of the forward pass only what enters each block is
/// kept. The same few sessions serve all blocks.
/// </summary>
internal sealed class BlockPass : IPass
{
    private readonly Gpt2Plan _plan;
    private readonly TrainingEngineOptions _options;
    private readonly Func<string, Parameter> _parameter;
    private readonly CompiledGraph _embedding;
    private readonly CompiledGraph? _embeddingBackward;
    private readonly CompiledGraph _head;
    private readonly Dictionary<int, (CompiledGraph Forward, CompiledGraph? Backward)> _blocks = [];
    private readonly ParameterSet _stream;
    private readonly int _lowest;
    private readonly Dictionary<ParameterSet, List<(CompiledGraph Graph, OrtIoBinding Binding)>> _runs = [];

    public BlockPass(Gpt2Plan plan, int headRows, TrainingEngineOptions options, Func<string, Parameter> parameter)
    {
        (_plan, _options, _parameter) = (plan, options, parameter);
        var (scope, layers) = (plan.Scope, plan.Shape.Layers);
        var embeddings = scope.TrainsParameter(Gpt2Parameters.TokenTable);
        _lowest = embeddings ? 0 : Enumerable.Range(0, layers).Where(scope.TrainsBlock).Append(layers).Min();
        _embedding = Compile(Gpt2BlockGraphs.Embedding(plan));
        _embeddingBackward = embeddings ? Compile(Gpt2BlockGraphs.EmbeddingBackward(plan)) : null;
        _head = Compile(Gpt2BlockGraphs.Head(plan, headRows, follow: _lowest < layers));
        for (var layer = 0; layer < layers; layer++)
        {
            if (!_blocks.ContainsKey(KindOf(layer)))
            {
                _blocks.Add(layer, (Compile(Gpt2BlockGraphs.Block(plan, layer)), layer >= _lowest ? Compile(Gpt2BlockGraphs.BlockBackward(plan, layer)) : null));
            }
        }

        // What enters each block and the head, and two gradients of it that take turns.
        _stream = new ParameterSet(Enumerable.Range(0, layers + 3).Select(i => (i.ToString(CultureInfo.InvariantCulture), new long[] { plan.Tokens, plan.Shape.Width })));
    }

    public BatchTensors Tensors { get; } = new();

    public void SetDropout(DropoutState state)
    {
        state.Fill(Tensors);
        for (var layer = 0; layer < _plan.Shape.Layers; layer++)
        {
            state.Fill(Tensors, Suffix(layer), Gpt2Builder.SiteOf(layer));
        }

        foreach (var (name, mask) in Tensors.Truths)
        {
            var parts = name.Split('@');
            var first = parts.Length > 1 ? Gpt2Builder.SiteOf(int.Parse(parts[1], CultureInfo.InvariantCulture)) : 0;
            state.Fill(mask, first + Dropout.SiteOf(parts[0])!.Value, _plan.Rows);
        }
    }

    public void Prepare(ParameterSet gradients)
    {
        if (!_runs.ContainsKey(gradients))
        {
            _runs.Add(gradients, Bind(gradients));
        }
    }

    public void Run(ParameterSet gradients)
    {
        Prepare(gradients);
        foreach (var (graph, binding) in _runs[gradients])
        {
            graph.Run(binding);
        }
    }

    public void Dispose()
    {
        foreach (var graph in new[] { _embedding, _embeddingBackward, _head }.Concat(_blocks.Values.SelectMany(block => new[] { block.Forward, block.Backward })))
        {
            graph?.Dispose();
        }

        Tensors.Dispose();
        _stream.Dispose();
    }

    private static string Suffix(int layer) => string.Create(CultureInfo.InvariantCulture, $"@{layer}");

    private CompiledGraph Compile(Graph graph) => new(graph, _options);

    /// <summary>The first block that is trained, or not trained, as this one is.</summary>
    private int KindOf(int layer) => _plan.Scope.TrainsBlock(layer) ? Math.Min(layer, _plan.Scope.FrozenLayers) : layer < _lowest ? 0 : _lowest;

    private List<(CompiledGraph Graph, OrtIoBinding Binding)> Bind(ParameterSet gradients)
    {
        var layers = _plan.Shape.Layers;
        OrtValue Stream(int index) => _stream[index].Tensor;
        OrtValue Gradient(int index) => Stream(layers + 1 + (index % 2));

        OrtValue Find(string name, GraphValue value, int at, int kind)
        {
            switch (name)
            {
                case Gpt2BlockGraphs.In: return Stream(at);
                case Gpt2BlockGraphs.Out: return Stream(at + 1);
                case Gpt2BlockGraphs.InGradient: return Gradient(at);
                case Gpt2BlockGraphs.OutGradient: return Gradient(at + 1);
                case Gpt2BlockGraphs.TableGradient: return gradients[Gpt2Parameters.TokenTable].Tensor;
            }

            if (Gpt2Graph.ParameterOf(name) is { } parameter)
            {
                return gradients[OfLayer(parameter)].Tensor;
            }

            if (name.StartsWith(Gpt2Parameters.Prefix, StringComparison.Ordinal))
            {
                return _parameter(OfLayer(name)).Tensor;
            }

            var own = kind >= 0 && (name == Dropout.Keys || Dropout.SiteOf(name) is not null);
            return Tensors.Get(own ? name + Suffix(at) : name, value);

            string OfLayer(string tensor) => kind >= 0 ? tensor.Replace(Gpt2Parameters.Block(kind), Gpt2Parameters.Block(at), StringComparison.Ordinal) : tensor;
        }

        List<(CompiledGraph, OrtIoBinding)> runs = [(_embedding, _embedding.Bind((name, value) => Find(name, value, -1, -1)))];
        for (var layer = 0; layer < layers; layer++)
        {
            var (at, kind) = (layer, KindOf(layer));
            runs.Add((_blocks[kind].Forward, _blocks[kind].Forward.Bind((name, value) => Find(name, value, at, kind))));
        }

        runs.Add((_head, _head.Bind((name, value) => Find(name, value, layers, -1))));
        for (var layer = layers - 1; layer >= _lowest; layer--)
        {
            var (at, kind) = (layer, KindOf(layer));
            runs.Add((_blocks[kind].Backward!, _blocks[kind].Backward!.Bind((name, value) => Find(name, value, at, kind))));
        }

        if (_embeddingBackward is not null)
        {
            runs.Add((_embeddingBackward, _embeddingBackward.Bind((name, value) => Find(name, value, -1, -1))));
        }

        return runs;
    }
}
