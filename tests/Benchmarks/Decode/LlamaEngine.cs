using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Pipeline.Benchmarks.Decode;

/// <summary>llama.cpp through its C API, with its own defaults but for the number of threads and the room for the batch.</summary>
internal sealed unsafe class LlamaEngine : IDecodeEngine
{
    private const int Context = 1024;
    private const int Vocabulary = 50257;

    private readonly nint _model;
    private readonly LlamaLibrary.Batch _batch;
    private readonly int* _sequences;
    private nint _context;
    private int _rows;

    public LlamaEngine(string libraries, string path, int threads)
    {
        LlamaLibrary.Load(libraries);
        _model = LlamaLibrary.LoadModel(path, LlamaLibrary.DefaultModel());
        if (_model == 0)
        {
            throw new InvalidOperationException($"llama.cpp does not load {path}.");
        }

        Threads = threads;
        const int most = 8 * Context;
        _sequences = (int*)NativeMemory.AllocZeroed(most, sizeof(int));
        _batch = new()
        {
            Tokens = (int*)NativeMemory.AllocZeroed(most, sizeof(int)),
            Embeddings = null,
            Positions = (int*)NativeMemory.AllocZeroed(most, sizeof(int)),
            SequenceCounts = (int*)NativeMemory.AllocZeroed(most, sizeof(int)),
            Sequences = (int**)NativeMemory.AllocZeroed(most, (nuint)sizeof(int*)),
            WantsLogits = (sbyte*)NativeMemory.AllocZeroed(most),
        };
        for (var i = 0; i < most; i++)
        {
            _batch.SequenceCounts[i] = 1;
            _batch.Sequences[i] = _sequences + i;
        }

        Start(1);
    }

    private int Threads { get; }

    public void Start(int rows)
    {
        if (rows != _rows)
        {
            if (_context != 0)
            {
                LlamaLibrary.FreeContext(_context);
            }

            var parameters = LlamaLibrary.DefaultContext();
            parameters.Words[0] = (uint)(Context * rows);
            parameters.Words[3] = (uint)rows;
            _context = LlamaLibrary.CreateContext(_model, parameters);
            LlamaLibrary.SetThreads(_context, Threads, Threads);
            _rows = rows;
        }

        LlamaLibrary.Clear(LlamaLibrary.Memory(_context), true);
    }

    public void Prefill(int[][] prompts)
    {
        var count = 0;
        for (var row = 0; row < prompts.Length; row++)
        {
            for (var i = 0; i < prompts[row].Length; i++)
            {
                Set(count++, row, prompts[row][i], i, i == prompts[row].Length - 1);
            }
        }

        Decode(count);
    }

    public void Step(int[] tokens, int position)
    {
        for (var row = 0; row < tokens.Length; row++)
        {
            Set(row, row, tokens[row], position, true);
        }

        Decode(tokens.Length);
    }

    public int Best(int row, int promptLength) =>
        TensorPrimitives.IndexOfMax(new ReadOnlySpan<float>(LlamaLibrary.Logits(_context, promptLength == 0 ? row : ((row + 1) * promptLength) - 1), Vocabulary));

    public void Dispose() => LlamaLibrary.FreeContext(_context);

    private void Set(int at, int row, int token, int position, bool wantsLogits)
    {
        (_batch.Tokens[at], _batch.Positions[at], _sequences[at], _batch.WantsLogits[at]) = (token, position, row, (sbyte)(wantsLogits ? 1 : 0));
    }

    private void Decode(int count)
    {
        var batch = _batch;
        batch.Count = count;
        if (LlamaLibrary.Decode(_context, batch) is not 0 and var code)
        {
            throw new InvalidOperationException($"llama_decode gave {code}.");
        }
    }
}
