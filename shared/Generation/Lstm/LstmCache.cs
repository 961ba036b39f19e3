using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Generation.Lstm;

/// <summary>
/// Texts that an LSTM writes on. The state after every token that was computed by itself is kept, so that a text can be cut back; where it is
/// not known, it is computed again from the last that is.
/// </summary>
internal sealed unsafe class LstmCache : KeyValueCache
{
    private static readonly RunOptions Run = new();

    private readonly LstmDecoder _decoder;
    private readonly int _parts;
    private readonly int _stateSize;
    private readonly float* _logits;
    private readonly float* _state;
    private readonly float* _next;
    private readonly float* _scores;
    private readonly long* _ids;
    private readonly Dictionary<int, BatchBinding> _bindings = [];
    private readonly Row[] _rows;
    private float[] _further = [];

    public LstmCache(LstmDecoder decoder, int rows, int capacity)
        : base(decoder.Metadata.Shape, rows, capacity)
    {
        _decoder = decoder;
        _parts = 2 * Shape.Layers;
        _stateSize = _parts * Shape.Width;
        _rows = [.. Enumerable.Range(0, rows).Select(_ => new Row(capacity))];
        _logits = (float*)Allocate((long)rows * Shape.Vocabulary * sizeof(float));
        _scores = (float*)Allocate((long)rows * Shape.Vocabulary * sizeof(float));
        _state = (float*)Allocate((long)rows * _stateSize * sizeof(float));
        _next = (float*)Allocate((long)rows * _stateSize * sizeof(float));
        _ids = (long*)Allocate(Math.Max(rows, capacity) * sizeof(long));
    }

    /// <inheritdoc />
    public override Span<float> Logits(int row)
    {
        CheckRow(row);
        return new(_logits + ((long)row * Shape.Vocabulary), Shape.Vocabulary);
    }

    /// <inheritdoc />
    private protected override void Take(int row, ReadOnlySpan<int> tokens) => Advance([row], tokens, tokens.Length);

    /// <inheritdoc />
    private protected override void TakeStep(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens) => Advance(rows, tokens, 1);

    /// <inheritdoc />
    private protected override ReadOnlySpan<float> TakeAll(int row, ReadOnlySpan<int> tokens)
    {
        var needed = tokens.Length * Shape.Vocabulary;
        _further = _further.Length >= needed ? _further : new float[needed];
        Know(row, Length(row));
        tokens.CopyTo(_rows[row].Tokens.AsSpan(Length(row)));
        for (var i = 0; i < tokens.Length; i++)
        {
            Execute([row], Length(row) + i, 1, offset: i, tokens);
            new ReadOnlySpan<float>(_scores, Shape.Vocabulary).CopyTo(_further.AsSpan(i * Shape.Vocabulary));
        }

        return _further.AsSpan(0, needed);
    }

    /// <inheritdoc />
    private protected override void Copy(int from, int to, int length)
    {
        Know(from, length);
        _rows[from].Tokens.AsSpan(0, length).CopyTo(_rows[to].Tokens);
        _rows[to].TakeOver(_rows[from], length);
    }

    /// <inheritdoc />
    private protected override void Free()
    {
        foreach (var binding in _bindings.Values)
        {
            binding.Dispose();
        }

        foreach (var block in new nint[] { (nint)_logits, (nint)_scores, (nint)_state, (nint)_next, (nint)_ids })
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }

    private static void* Allocate(long bytes) => NativeMemory.AlignedAlloc((nuint)bytes, 64);

    private void Advance(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int sequence)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            Know(rows[i], Length(rows[i]));
            tokens.Slice(i * sequence, sequence).CopyTo(_rows[rows[i]].Tokens.AsSpan(Length(rows[i])));
        }

        Execute(rows, start: -1, sequence, 0, tokens);
        for (var i = 0; i < rows.Length; i++)
        {
            new ReadOnlySpan<float>(_scores + ((long)i * Shape.Vocabulary), Shape.Vocabulary).CopyTo(Logits(rows[i]));
        }
    }

    // A text that was cut back, or a beginning that was computed in one go, may have no state here.
    private void Know(int row, int position)
    {
        var before = _rows[row].LastKnown(position);
        if (before < position)
        {
            var tokens = _rows[row].Tokens.AsSpan(before, position - before).ToArray();
            Execute([row], before, tokens.Length, 0, tokens);
        }
    }

    // Runs `sequence` tokens of each row on from the state after `start` tokens, or after what the row holds, and keeps the state they end with.
    private void Execute(ReadOnlySpan<int> rows, int start, int sequence, int offset, ReadOnlySpan<int> tokens)
    {
        var (batch, width) = (rows.Length, Shape.Width);
        for (var i = 0; i < batch; i++)
        {
            var from = start < 0 ? Length(rows[i]) : start;
            var state = from == 0 ? null : _rows[rows[i]].States[from]!;
            for (var part = 0; part < _parts; part++)
            {
                var target = new Span<float>(_state + (((long)part * batch) + i) * width, width);
                if (state is null)
                {
                    target.Clear();
                }
                else
                {
                    state.AsSpan(part * width, width).CopyTo(target);
                }
            }

            for (var t = 0; t < sequence; t++)
            {
                _ids[(i * sequence) + t] = tokens[offset + (i * sequence) + t];
            }
        }

        var binding = Binding(batch);
        using var ids = Tensors.Over(_ids, batch, sequence);
        binding.Native.BindInput("input_ids", ids);
        try
        {
            _decoder.Session.RunWithBinding(Run, binding.Native);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new ModelException($"{_decoder.Path} failed on {batch} rows of {sequence} tokens: {failure.Message}", failure);
        }

        for (var i = 0; i < batch; i++)
        {
            var state = _rows[rows[i]].Go(start < 0 ? Length(rows[i]) : start, sequence, _stateSize);
            for (var part = 0; part < _parts; part++)
            {
                new ReadOnlySpan<float>(_next + (((long)part * batch) + i) * width, width).CopyTo(state.AsSpan(part * width));
            }
        }
    }

    private BatchBinding Binding(int batch)
    {
        if (_bindings.TryGetValue(batch, out var known))
        {
            return known;
        }

        var values = new List<OrtValue>();
        var binding = _decoder.Session.CreateIoBinding();
        for (var part = 0; part < _parts; part++)
        {
            var offset = (long)part * batch * Shape.Width;
            var (layer, name) = (part / 2, part % 2 == 0 ? "h" : "c");
            var (past, present) = (Tensors.Over(_state + offset, 1, batch, Shape.Width), Tensors.Over(_next + offset, 1, batch, Shape.Width));
            values.AddRange([past, present]);
            binding.BindInput(LstmConfig.PastOf(layer, name), past);
            binding.BindOutput(LstmConfig.PresentOf(layer, name), present);
        }

        var logits = Tensors.Over(_scores, batch, 1, Shape.Vocabulary);
        values.Add(logits);
        binding.BindOutput("logits", logits);
        return _bindings[batch] = new(binding, values);
    }

    /// <summary>A text: its tokens, and the states that are known, by the number of tokens they come after.</summary>
    private sealed class Row(int capacity)
    {
        private int _last;

        public int[] Tokens { get; } = new int[capacity];

        public float[]?[] States { get; } = new float[]?[capacity + 1];

        /// <summary>The last position up to this one whose state is known.</summary>
        public int LastKnown(int position)
        {
            while (position > 0 && (position > _last || States[position] is null))
            {
                position--;
            }

            return position;
        }

        /// <summary>Room for the state some tokens further on; what was known beyond the start belongs to another text.</summary>
        public float[] Go(int start, int tokens, int size)
        {
            for (; _last > start; _last--)
            {
                States[_last] = null;
            }

            _last = start + tokens;
            return States[_last] = new float[size];
        }

        /// <summary>The same states as another row's, which no row writes to any more.</summary>
        public void TakeOver(Row other, int length)
        {
            Array.Clear(States);
            Array.Copy(other.States, States, length + 1);
            _last = length;
        }
    }

    private sealed record BatchBinding(OrtIoBinding Native, List<OrtValue> Values) : IDisposable
    {
        public void Dispose()
        {
            Native.Dispose();
            Values.ForEach(value => value.Dispose());
        }
    }
}
