using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>What sessions read and write besides parameters and gradients, by name, in memory that is reused at each run.</summary>
internal sealed class BatchTensors : IDisposable
{
    private readonly Dictionary<string, long[]> _indices = [];
    private readonly Dictionary<string, float[]> _numbers = [];
    private readonly Dictionary<string, bool[]> _truths = [];
    private readonly Dictionary<string, OrtValue> _values = [];

    /// <summary>The masks that are inputs.</summary>
    public IReadOnlyDictionary<string, bool[]> Truths => _truths;

    /// <summary>Whether a session uses a tensor of this name.</summary>
    public bool Contains(string name) => _values.ContainsKey(name);

    /// <summary>The memory of an index tensor.</summary>
    public Span<long> Indices(string name) => _indices[name];

    /// <summary>The memory of a tensor of numbers.</summary>
    public Span<float> Numbers(string name) => _numbers[name];

    /// <summary>The tensor of a name, made when it is first asked for.</summary>
    public OrtValue Get(string name, GraphValue like)
    {
        if (!_values.TryGetValue(name, out var value))
        {
            var (count, shape) = (like.Shape.Elements, like.Shape.ToInt64());
            value = like.Type switch
            {
                ElementType.Index => OrtValue.CreateTensorValueFromMemory(_indices[name] = new long[count], shape),
                ElementType.Number => OrtValue.CreateTensorValueFromMemory(_numbers[name] = new float[count], shape),
                ElementType.Truth => OrtValue.CreateTensorValueFromMemory(_truths[name] = new bool[count], shape),
                _ => throw new UnreachableException(),
            };
            _values.Add(name, value);
        }

        return value;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var value in _values.Values)
        {
            value.Dispose();
        }
    }
}
