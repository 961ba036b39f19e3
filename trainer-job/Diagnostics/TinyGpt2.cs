using Pipeline.Generation;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Diagnostics;

/// <summary>A model and a batch small enough to be computed in no time, whose losses and gradients two devices can be compared by.</summary>
internal sealed class TinyGpt2 : IDisposable
{
    private const int Rows = 4;
    private const int Length = 32;
    private const long None = -100;
    private readonly long[] _tokens = new long[Rows * Length];

    // The token that each is to foretell, or none.
    private readonly long[] _labels = [.. Enumerable.Repeat(None, Rows * Length)];

    private TinyGpt2(ModelShape shape, ParameterSet parameters)
    {
        Shape = shape;
        Parameters = parameters;
    }

    /// <summary>The sizes.</summary>
    public ModelShape Shape { get; }

    /// <summary>The weights.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Losses that another program computed for the batch, or null.</summary>
    public double? ExpectedLoss { get; private init; }

    /// <summary>A model from a seed.</summary>
    public static TinyGpt2 FromSeed()
    {
        var shape = new ModelShape(Layers: 2, Heads: 4, Width: 64, Context: Length, Vocabulary: 257);
        var model = new TinyGpt2(shape, Gpt2Initializer.Random(shape, seed: 1));
        for (var i = 0; i < model._tokens.Length; i++)
        {
            model._tokens[i] = i * 7919L % shape.Vocabulary;
        }

        model.Follow(model._tokens);

        return model;
    }

    /// <summary>A folder of reference values: <c>config.json</c>, <c>model.safetensors</c>, and <c>reference.safetensors</c> with <c>batches</c>, <c>labels</c> (as long, at their tokens) and <c>losses</c>.</summary>
    /// <exception cref="ModelFolderException">It is no such folder.</exception>
    public static TinyGpt2 FromReference(string folder)
    {
        var (shape, parameters) = Gpt2Folder.Load(folder);
        using var values = SafetensorsFile.Open(Path.Combine(folder, "reference.safetensors"));
        var model = new TinyGpt2(shape, parameters) { ExpectedLoss = values.ReadNumbers("losses")[0] };
        values.ReadIndices("batches").AsSpan(0, Rows * Length).CopyTo(model._tokens);
        model.Follow(values.ReadIndices("labels"));
        return model;
    }

    /// <summary>Losses and gradients of the batch as one graph.</summary>
    public Graph Graph(GraphOperators operators) => Gpt2Graph.Training(new Gpt2Plan(Shape, TrainingScope.Full, Rows, Length, operators), Rows * Length);

    /// <summary>The graph's inputs that are no weights.</summary>
    public Dictionary<string, Array> Inputs()
    {
        var places = Enumerable.Range(0, Rows * Length).ToList();
        return new Dictionary<string, Array>
        {
            [Gpt2Graph.InputIds] = _tokens,
            [Gpt2Graph.PositionIds] = places.Select(i => (long)(i % Length)).ToArray(),
            [Gpt2Graph.Segments] = new long[Rows * Length],
            [Gpt2Graph.HeadRows] = places.Select(i => (long)i).ToArray(),
            [Gpt2Graph.Labels] = _labels.Select(label => Math.Max(0, label)).ToArray(),
            [Gpt2Graph.Weights] = _labels.Select(label => label == None ? 0f : 1f / _labels.Count(other => other != None)).ToArray(),
        };
    }

    /// <summary>The batch's mean loss by the graph's outputs.</summary>
    public double Loss(IReadOnlyDictionary<string, float[]> outputs)
    {
        var weights = (float[])Inputs()[Gpt2Graph.Weights];
        return outputs[Gpt2Graph.Losses].Select((loss, i) => (double)loss * weights[i]).Sum();
    }

    /// <summary>Lets each token but a row's last foretell the one after it.</summary>
    private void Follow(ReadOnlySpan<long> tokens)
    {
        for (var i = 0; i < _labels.Length; i++)
        {
            _labels[i] = i % Length == Length - 1 ? None : tokens[i + 1];
        }
    }

    /// <inheritdoc />
    public void Dispose() => Parameters.Dispose();
}
