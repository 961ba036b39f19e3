using System.Numerics.Tensors;
using Pipeline.Generation;

namespace Pipeline.Benchmarks.Decode;

/// <summary>A serving file of this product.</summary>
internal sealed class PipelineEngine(string path, LanguageModelOptions options) : IDecodeEngine
{
    private readonly DecoderSession _session = DecoderSession.Open(path, options);
    private KeyValueCache? _cache;

    public void Start(int rows)
    {
        if (_cache?.MaximumRows != rows)
        {
            _cache?.Dispose();
            _cache = _session.CreateCache(rows, _session.Shape.Context);
        }
    }

    public void Prefill(int[][] prompts)
    {
        for (var row = 0; row < prompts.Length; row++)
        {
            _cache!.Prefill(row, prompts[row]);
        }
    }

    public void Step(int[] tokens, int position) => _cache!.Step(tokens);

    public int Best(int row, int promptLength) => TensorPrimitives.IndexOfMax<float>(_cache!.Logits(row));

    public void Dispose()
    {
        _cache?.Dispose();
        _session.Dispose();
    }
}
