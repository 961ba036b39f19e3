using System.Runtime.InteropServices;

namespace Pipeline.Generation.Cpu;

/// <summary>Keys and values of texts for <see cref="CpuForward{TDot}"/>: every row on its own, so that any rows take steps together.</summary>
internal sealed unsafe class CpuKeyValueCache : KeyValueCache
{
    // A long prompt goes through in pieces of so many tokens: larger ones are no faster and take more memory.
    private const int Piece = 512;

    private readonly CpuDecoder _decoder;
    private DecoderSlot[] _slots;
    private readonly long _headElements;
    private readonly long _rowElements;
    private readonly float* _cache;
    private readonly float* _logits;
    private float* _further;
    private int _furtherRows;

    public CpuKeyValueCache(CpuDecoder decoder, int rows, int capacity)
        : base(decoder.Shape, rows, capacity)
    {
        _decoder = decoder;
        var padded = (capacity + Attention.Tile - 1) / Attention.Tile * Attention.Tile;
        _headElements = (long)padded * decoder.HeadSize;
        _rowElements = _headElements * decoder.Shape.Heads;
        _slots = new DecoderSlot[Math.Max(rows, Math.Min(Piece, capacity))];
        // Not cleared: pages that no text has reached yet then cost nothing.
        _cache = (float*)NativeMemory.AlignedAlloc((nuint)(2 * decoder.Shape.Layers * rows * _rowElements * sizeof(float)), 64);
        _logits = (float*)NativeMemory.AlignedAlloc((nuint)((long)rows * decoder.Shape.Vocabulary * sizeof(float)), 64);
    }

    /// <summary>Where a head's keys begin.</summary>
    public float* Keys(int layer, int row, int head) => _cache + ((((long)layer * 2 * MaximumRows) + row) * _rowElements) + (head * _headElements);

    /// <summary>Where a head's values begin.</summary>
    public float* Values(int layer, int row, int head) => Keys(layer, row, head) + (MaximumRows * _rowElements);

    /// <inheritdoc />
    public override Span<float> Logits(int row)
    {
        CheckRow(row);
        return new(_logits + ((long)row * Shape.Vocabulary), Shape.Vocabulary);
    }

    /// <inheritdoc />
    private protected override void Take(int row, ReadOnlySpan<int> tokens)
    {
        for (var start = 0; start < tokens.Length; start += Piece)
        {
            var count = Math.Min(Piece, tokens.Length - start);
            for (var i = 0; i < count; i++)
            {
                var last = start + i == tokens.Length - 1;
                _slots[i] = new(row, Length(row) + start + i, tokens[start + i], last ? Address(row) : 0);
            }

            _decoder.Forward.Run(_slots.AsSpan(0, count), this);
        }
    }

    /// <inheritdoc />
    private protected override ReadOnlySpan<float> TakeAll(int row, ReadOnlySpan<int> tokens)
    {
        var rows = new int[tokens.Length];
        Array.Fill(rows, row);
        return TakeAll(rows, tokens);
    }

    /// <inheritdoc />
    private protected override ReadOnlySpan<float> TakeAll(scoped ReadOnlySpan<int> rows, scoped ReadOnlySpan<int> tokens)
    {
        if (_furtherRows < tokens.Length)
        {
            NativeMemory.AlignedFree(_further);
            _further = (float*)NativeMemory.AlignedAlloc((nuint)((long)tokens.Length * Shape.Vocabulary * sizeof(float)), 64);
            _furtherRows = tokens.Length;
        }

        if (_slots.Length < tokens.Length)
        {
            _slots = new DecoderSlot[tokens.Length];
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            _slots[i] = new(rows[i], Length(rows[i]) + rows[..i].Count(rows[i]), tokens[i], (nint)(_further + ((long)i * Shape.Vocabulary)));
        }

        _decoder.Forward.Run(_slots.AsSpan(0, tokens.Length), this);
        return new(_further, tokens.Length * Shape.Vocabulary);
    }

    /// <inheritdoc />
    private protected override void TakeStep(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            _slots[i] = new(rows[i], Length(rows[i]), tokens[i], Address(rows[i]));
        }

        _decoder.Forward.Run(_slots.AsSpan(0, rows.Length), this);
    }

    /// <inheritdoc />
    private protected override void Copy(int from, int to, int length)
    {
        var (size, tiled) = (_decoder.HeadSize, (length + Attention.Tile - 1) / Attention.Tile * Attention.Tile);
        for (var layer = 0; layer < Shape.Layers; layer++)
        {
            for (var head = 0; head < Shape.Heads; head++)
            {
                Move(Keys(layer, from, head), Keys(layer, to, head), (long)tiled * size);
                Move(Values(layer, from, head), Values(layer, to, head), (long)length * size);
            }
        }

        static void Move(float* source, float* target, long count) => Buffer.MemoryCopy(source, target, count * sizeof(float), count * sizeof(float));
    }

    /// <inheritdoc />
    private protected override void Free()
    {
        NativeMemory.AlignedFree(_cache);
        NativeMemory.AlignedFree(_logits);
        NativeMemory.AlignedFree(_further);
    }

    private nint Address(int row) => (nint)(_logits + ((long)row * Shape.Vocabulary));
}
