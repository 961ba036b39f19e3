using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Generation;

/// <summary>
/// Several texts in the making: their keys and values in one block of memory that the graph reads and writes in place, and the logits
/// after the last token of each. For one thread at a time.
/// </summary>
public sealed unsafe class KeyValueCache : IDisposable
{
    private static readonly RunOptions Run = new();

    private readonly DecoderSession _session;
    private readonly Dictionary<(int First, int Count), RowBinding> _bindings = [];
    private readonly int[] _lengths;
    private readonly long _rowElements;
    private readonly float* _cache;
    private readonly float* _logits;
    private readonly long* _ids;
    private readonly long* _positions;
    private readonly long* _mask;
    private bool _disposed;

    internal KeyValueCache(DecoderSession session, int rows, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, session.Shape.Context);
        _session = session;
        MaximumRows = rows;
        Capacity = capacity;
        _lengths = new int[rows];
        _rowElements = (long)session.Shape.Heads * capacity * session.Metadata.CacheHeadSize;
        // Not cleared: pages that no text has reached yet then cost nothing.
        _cache = (float*)Allocate(2L * session.Shape.Layers * rows * _rowElements * sizeof(float));
        _logits = (float*)Allocate((long)rows * session.Shape.Vocabulary * sizeof(float));
        var tokens = (long)rows * capacity * sizeof(long);
        _ids = (long*)Allocate(Math.Max(rows, capacity) * sizeof(long));
        _positions = (long*)Allocate(Math.Max(rows, capacity) * sizeof(long));
        _mask = (long*)Allocate(tokens);
    }

    /// <summary>Texts at most.</summary>
    public int MaximumRows { get; }

    /// <summary>Tokens a text at most.</summary>
    public int Capacity { get; }

    /// <summary>Tokens that a row holds.</summary>
    public int Length(int row) => _lengths[row];

    /// <summary>The logits after a row's last token, one for each entry of the vocabulary; valid until the row's next step. May be written to.</summary>
    public Span<float> Logits(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, MaximumRows);
        return new(_logits + ((long)row * _session.Shape.Vocabulary), _session.Shape.Vocabulary);
    }

    /// <summary>Makes these tokens the whole content of a row.</summary>
    /// <param name="row">The row; what it held is forgotten.</param>
    /// <param name="tokens">At least one, at most <see cref="Capacity"/>.</param>
    public void Prefill(int row, ReadOnlySpan<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens.Length, 1, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, Capacity, nameof(tokens));
        for (var i = 0; i < tokens.Length; i++)
        {
            _ids[i] = tokens[i];
            _positions[i] = i;
            _mask[i] = 1;
        }

        Execute(row, 1, tokens.Length, tokens.Length);
        _lengths[row] = tokens.Length;
    }

    /// <summary>Makes padded texts, as other libraries hand them over, the content of the first rows; padding may stand on either side.</summary>
    /// <param name="ids">Token ids row by row, any id where there is padding.</param>
    /// <param name="mask">1 where there is a token, 0 where there is padding; at least one token a row.</param>
    /// <param name="length">Tokens a row, padding included.</param>
    public void PrefillPadded(ReadOnlySpan<int> ids, ReadOnlySpan<byte> mask, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, ids.Length);
        var tokens = new List<int>(length);
        for (var row = 0; row < ids.Length / length; row++)
        {
            tokens.Clear();
            for (var i = row * length; i < (row + 1) * length; i++)
            {
                if (mask[i] != 0)
                {
                    tokens.Add(ids[i]);
                }
            }

            Prefill(row, CollectionsMarshal.AsSpan(tokens));
        }
    }

    /// <summary>Appends one token to each of the first rows.</summary>
    /// <param name="tokens">The token of row 0, 1, …; every one of these rows holds at least one token and less than <see cref="Capacity"/>.</param>
    public void Step(ReadOnlySpan<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens.Length, 1, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, MaximumRows, nameof(tokens));
        var longest = 0;
        for (var row = 0; row < tokens.Length; row++)
        {
            if (_lengths[row] is 0 || _lengths[row] >= Capacity)
            {
                throw new InvalidOperationException($"Row {row} holds {_lengths[row]} of {Capacity} tokens and can take no step.");
            }

            longest = Math.Max(longest, _lengths[row] + 1);
        }

        for (var row = 0; row < tokens.Length; row++)
        {
            _ids[row] = tokens[row];
            _positions[row] = _lengths[row];
            var mask = new Span<long>(_mask + ((long)row * longest), longest);
            mask[..(_lengths[row] + 1)].Fill(1);
            mask[(_lengths[row] + 1)..].Clear();
        }

        Execute(0, tokens.Length, 1, longest);
        for (var row = 0; row < tokens.Length; row++)
        {
            _lengths[row]++;
        }
    }

    /// <summary>Makes a row a copy of another: tokens, keys, values and logits.</summary>
    public void CopyRow(int from, int to)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(from, MaximumRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(to, MaximumRows);
        if (from == to)
        {
            return;
        }

        var (heads, size) = (_session.Shape.Heads, _session.Metadata.CacheHeadSize);
        var used = (long)_lengths[from] * size * sizeof(float);
        for (var part = 0; part < 2 * _session.Shape.Layers; part++)
        {
            for (var head = 0; head < heads; head++)
            {
                var offset = (long)head * Capacity * size;
                Buffer.MemoryCopy(Row(part, from) + offset, Row(part, to) + offset, used, used);
            }
        }

        Logits(from).CopyTo(Logits(to));
        _lengths[to] = _lengths[from];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
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
            _session.Native.RunWithBinding(Run, binding.Native);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new ModelException($"{_session.Path} failed on {count} rows of {sequence} new and {total} tokens in all: {failure.Message}", failure);
        }
    }

    private RowBinding Binding(int first, int count)
    {
        if (_bindings.TryGetValue((first, count), out var known))
        {
            return known;
        }

        var values = new List<OrtValue>();
        var binding = _session.Native.CreateIoBinding();
        for (var part = 0; part < 2 * _session.Shape.Layers; part++)
        {
            var rows = Tensors.Over(Row(part, first), count, _session.Shape.Heads, Capacity, _session.Metadata.CacheHeadSize);
            values.Add(rows);
            binding.BindInput(_session.PastNames[part], rows);
            binding.BindOutput(_session.PresentNames[part], rows);
        }

        var logits = Tensors.Over(_logits + ((long)first * _session.Shape.Vocabulary), count, 1, _session.Shape.Vocabulary);
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
