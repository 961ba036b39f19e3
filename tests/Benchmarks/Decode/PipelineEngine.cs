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

    /// <summary>Bytes of weights that a token reads.</summary>
    public long BytesPerToken => _session.BytesPerToken;

    /// <summary>Takes in several tokens of the first text, has the scores after each, and goes back.</summary>
    public void Check(int[] tokens, int length)
    {
        var logits = _cache!.Extend(0, tokens);
        for (var i = 0; i < tokens.Length; i++)
        {
            _ = TensorPrimitives.IndexOfMax<float>(logits.Slice(i * _session.Shape.Vocabulary, _session.Shape.Vocabulary));
        }

        _cache.Truncate(0, length);
    }

    public void Step(int[] tokens, int position) => _cache!.Step(tokens);

    public int Best(int row, int promptLength) => TensorPrimitives.IndexOfMax<float>(_cache!.Logits(row));

    public void Dispose()
    {
        _cache?.Dispose();
        _session.Dispose();
    }
}
