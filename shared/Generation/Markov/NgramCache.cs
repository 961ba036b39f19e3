namespace Pipeline.Generation.Markov;

/// <summary>Texts that a Markov chain writes on: their tokens, and the scores of the next.</summary>
internal sealed class NgramCache : KeyValueCache
{
    private readonly NgramModel _model;
    private readonly int[][] _texts;
    private readonly float[][] _logits;
    private float[] _further = [];

    public NgramCache(NgramModel model, ModelShape shape, int rows, int capacity)
        : base(shape, rows, capacity)
    {
        _model = model;
        _texts = [.. Enumerable.Range(0, rows).Select(_ => new int[capacity])];
        _logits = [.. Enumerable.Range(0, rows).Select(_ => new float[model.Vocabulary])];
    }

    /// <inheritdoc />
    public override Span<float> Logits(int row)
    {
        CheckRow(row);
        return _logits[row];
    }

    /// <inheritdoc />
    private protected override void Take(int row, ReadOnlySpan<int> tokens)
    {
        tokens.CopyTo(_texts[row].AsSpan(Length(row)));
        _model.LogProbabilities(_texts[row].AsSpan(0, Length(row) + tokens.Length), _logits[row]);
    }

    /// <inheritdoc />
    private protected override void TakeStep(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            Take(rows[i], tokens.Slice(i, 1));
        }
    }

    /// <inheritdoc />
    private protected override ReadOnlySpan<float> TakeAll(int row, ReadOnlySpan<int> tokens)
    {
        var needed = tokens.Length * _model.Vocabulary;
        _further = _further.Length >= needed ? _further : new float[needed];
        tokens.CopyTo(_texts[row].AsSpan(Length(row)));
        for (var i = 0; i < tokens.Length; i++)
        {
            _model.LogProbabilities(_texts[row].AsSpan(0, Length(row) + i + 1), _further.AsSpan(i * _model.Vocabulary, _model.Vocabulary));
        }

        return _further.AsSpan(0, needed);
    }

    /// <inheritdoc />
    private protected override void Copy(int from, int to, int length) => _texts[from].AsSpan(0, length).CopyTo(_texts[to]);

    /// <inheritdoc />
    private protected override void Free()
    {
        // Nothing but managed memory.
    }
}
