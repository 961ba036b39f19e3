using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Generation;

/// <summary>Keys and values in one block of memory that ONNX Runtime's graph reads and writes in place.</summary>
internal sealed unsafe class OnnxKeyValueCache : KeyValueCache
{
    private static readonly RunOptions Run = new();

    private readonly OnnxDecoder _decoder;
    private readonly Dictionary<(int First, int Count), RowBinding> _bindings = [];
    private readonly long _rowElements;
    private readonly float* _cache;
    private readonly float* _logits;
    private readonly long* _ids;
    private readonly long* _positions;
    private readonly long* _mask;
    private float[] _further = [];

    public OnnxKeyValueCache(OnnxDecoder decoder, int rows, int capacity)
        : base(decoder.Metadata.Shape, rows, capacity)
    {
        _decoder = decoder;
        _rowElements = (long)Shape.Heads * capacity * decoder.Metadata.CacheHeadSize;
        // Not cleared: pages that no text has reached yet then cost nothing.
        _cache = (float*)Allocate(2L * Shape.Layers * rows * _rowElements * sizeof(float));
        _logits = (float*)Allocate((long)rows * Shape.Vocabulary * sizeof(float));
        var tokens = (long)rows * capacity * sizeof(long);
        _ids = (long*)Allocate(Math.Max(rows, capacity) * sizeof(long));
        _positions = (long*)Allocate(Math.Max(rows, capacity) * sizeof(long));
        _mask = (long*)Allocate(tokens);
    }

    /// <inheritdoc />
    public override Span<float> Logits(int row)
    {
        CheckRow(row);
        return new(_logits + ((long)row * Shape.Vocabulary), Shape.Vocabulary);
    }

    /// <inheritdoc />
    private protected override void Take(int row, ReadOnlySpan<int> tokens)
    {
        var before = Length(row);
        for (var i = 0; i < tokens.Length; i++)
        {
            _ids[i] = tokens[i];
            _positions[i] = before + i;
        }

        new Span<long>(_mask, before + tokens.Length).Fill(1);
        Execute(row, 1, tokens.Length, before + tokens.Length);
    }

    /// <inheritdoc />
    private protected override void TakeStep(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens)
    {
        // The graph takes neighbouring rows only.
        for (var start = 0; start < rows.Length;)
        {
            var end = start + 1;
            while (end < rows.Length && rows[end] == rows[end - 1] + 1)
            {
                end++;
            }

            StepNeighbours(rows[start], tokens[start..end]);
            start = end;
        }
    }

    /// <inheritdoc />
    private protected override ReadOnlySpan<float> TakeAll(int row, ReadOnlySpan<int> tokens)
    {
        if (_further.Length < tokens.Length * Shape.Vocabulary)
        {
            _further = new float[tokens.Length * Shape.Vocabulary];
        }

        // The graph gives the logits of the last position only, so the tokens go one by one.
        var before = Logits(row).ToArray();
        for (var i = 0; i < tokens.Length; i++)
        {
            (_ids[0], _positions[0]) = (tokens[i], Length(row) + i);
            new Span<long>(_mask, Length(row) + i + 1).Fill(1);
            Execute(row, 1, 1, Length(row) + i + 1);
            Logits(row).CopyTo(_further.AsSpan(i * Shape.Vocabulary));
        }

        before.CopyTo(Logits(row));
        return _further.AsSpan(0, tokens.Length * Shape.Vocabulary);
    }

    /// <inheritdoc />
    private protected override void Copy(int from, int to, int length)
    {
        var size = _decoder.Metadata.CacheHeadSize;
        var used = (long)length * size * sizeof(float);
        for (var part = 0; part < 2 * Shape.Layers; part++)
        {
            for (var head = 0; head < Shape.Heads; head++)
            {
                var offset = (long)head * Capacity * size;
                Buffer.MemoryCopy(Row(part, from) + offset, Row(part, to) + offset, used, used);
            }
        }
    }

    /// <inheritdoc />
    private protected override void Free()
    {
        foreach (var binding in _bindings.Values)
        {
            binding.Dispose();
        }

        foreach (var block in new nint[] { (nint)_cache, (nint)_logits, (nint)_ids, (nint)_positions, (nint)_mask })
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }

    private static void* Allocate(long bytes) => NativeMemory.AlignedAlloc((nuint)bytes, 64);

    private float* Row(int part, int row) => _cache + ((((long)part * MaximumRows) + row) * _rowElements);

    private void StepNeighbours(int first, ReadOnlySpan<int> tokens)
    {
        var longest = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            longest = Math.Max(longest, Length(first + i) + 1);
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            var length = Length(first + i);
            (_ids[i], _positions[i]) = (tokens[i], length);
            var mask = new Span<long>(_mask + ((long)i * longest), longest);
            mask[..(length + 1)].Fill(1);
            mask[(length + 1)..].Clear();
        }

        Execute(first, tokens.Length, 1, longest);
    }

    private void Execute(int first, int count, int sequence, int total)
    {
        var binding = Binding(first, count);
        using var ids = Tensors.Over(_ids, count, sequence);
        using var positions = Tensors.Over(_positions, count, sequence);
        using var mask = Tensors.Over(_mask, count, total);
        binding.Native.BindInput("input_ids", ids);
        binding.Native.BindInput("position_ids", positions);
        binding.Native.BindInput("attention_mask", mask);
        try
        {
            _decoder.Session.RunWithBinding(Run, binding.Native);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new ModelException($"{_decoder.Path} failed on {count} rows of {sequence} new and {total} tokens in all: {failure.Message}", failure);
        }
    }

    private RowBinding Binding(int first, int count)
    {
        if (_bindings.TryGetValue((first, count), out var known))
        {
            return known;
        }

        var values = new List<OrtValue>();
        var binding = _decoder.Session.CreateIoBinding();
        for (var part = 0; part < 2 * Shape.Layers; part++)
        {
            var rows = Tensors.Over(Row(part, first), count, Shape.Heads, Capacity, _decoder.Metadata.CacheHeadSize);
            values.Add(rows);
            binding.BindInput(_decoder.PastNames[part], rows);
            binding.BindOutput(_decoder.PresentNames[part], rows);
        }

        var logits = Tensors.Over(_logits + ((long)first * Shape.Vocabulary), count, 1, Shape.Vocabulary);
        values.Add(logits);
        binding.BindOutput("logits", logits);
        return _bindings[(first, count)] = new(binding, values);
    }

    private sealed record RowBinding(OrtIoBinding Native, List<OrtValue> Values) : IDisposable
    {
        public void Dispose()
        {
            Native.Dispose();
            Values.ForEach(value => value.Dispose());
        }
    }
}
