using System.Runtime.InteropServices;

namespace Pipeline.Generation;

/// <summary>
/// Several texts in the making: their keys and values in memory that the model reads and writes in place, and the logits after the last
/// token of each. For one thread at a time.
/// </summary>
public abstract class KeyValueCache : IDisposable
{
    private readonly int[] _lengths;
    private bool _disposed;

    internal KeyValueCache(ModelShape shape, int rows, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, shape.Context);
        Shape = shape;
        MaximumRows = rows;
        Capacity = capacity;
        _lengths = new int[rows];
    }

    /// <summary>Texts at most.</summary>
    public int MaximumRows { get; }

    /// <summary>Tokens a text at most.</summary>
    public int Capacity { get; }

    private protected ModelShape Shape { get; }

    /// <summary>Tokens that a row holds.</summary>
    public int Length(int row) => _lengths[row];

    /// <summary>The logits after a row's last token, one for each entry of the vocabulary; valid until the row's next step. May be written to.</summary>
    public abstract Span<float> Logits(int row);

    /// <summary>Makes these tokens the whole content of a row.</summary>
    /// <param name="row">The row; what it held is forgotten.</param>
    /// <param name="tokens">At least one, at most <see cref="Capacity"/>.</param>
    public void Prefill(int row, ReadOnlySpan<int> tokens)
    {
        CheckRow(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, Capacity, nameof(tokens));
        CheckTokens(tokens);
        _lengths[row] = 0;
        Take(row, tokens);
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
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, MaximumRows, nameof(tokens));
        Span<int> rows = stackalloc int[tokens.Length];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = row;
        }

        Step(rows, tokens);
    }

    /// <summary>Appends one token to each of some rows.</summary>
    /// <param name="rows">Distinct rows; each holds at least one token and less than <see cref="Capacity"/>.</param>
    /// <param name="tokens">The token of each.</param>
    public void Step(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Length, rows.Length, nameof(tokens));
        CheckTokens(tokens);
        foreach (var row in rows)
        {
            CheckRow(row);
            CheckRoom(row, 1);
        }

        TakeStep(rows, tokens);
        foreach (var row in rows)
        {
            _lengths[row]++;
        }
    }

    /// <summary>Appends several tokens to a row and gives the logits after each of them.</summary>
    /// <param name="row">A row that holds at least one token.</param>
    /// <param name="tokens">As many as there is room for.</param>
    /// <returns>[tokens, vocabulary], valid until the next call of any method. <see cref="Logits"/> is as it was before.</returns>
    public ReadOnlySpan<float> Extend(int row, ReadOnlySpan<int> tokens)
    {
        CheckRow(row);
        CheckTokens(tokens);
        CheckRoom(row, tokens.Length);
        var logits = TakeAll(row, tokens);
        _lengths[row] += tokens.Length;
        return logits;
    }

    /// <summary>Appends tokens to some rows, several to a row if wanted, and gives the logits after each of them.</summary>
    /// <param name="rows">The row of each token; each row holds at least one token and has room.</param>
    /// <param name="tokens">The tokens; those of a row one behind the other.</param>
    /// <returns>[tokens, vocabulary], valid until the next call of any method. <see cref="Logits"/> is as it was before.</returns>
    public ReadOnlySpan<float> Extend(scoped ReadOnlySpan<int> rows, scoped ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Length, rows.Length, nameof(tokens));
        CheckTokens(tokens);
        foreach (var row in rows)
        {
            CheckRow(row);
            CheckRoom(row, rows.Count(row));
        }

        var logits = TakeAll(rows, tokens);
        foreach (var row in rows)
        {
            _lengths[row]++;
        }

        return logits;
    }

    /// <summary>Forgets a row's last tokens. Its logits stay those of what it held.</summary>
    /// <param name="row">The row.</param>
    /// <param name="length">How many tokens stay, at least one.</param>
    public void Truncate(int row, int length)
    {
        CheckRow(row);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lengths[row]);
        _lengths[row] = length;
    }

    /// <summary>Makes a row a copy of another: tokens, keys, values and logits.</summary>
    public void CopyRow(int from, int to)
    {
        CheckRow(from);
        CheckRow(to);
        if (from == to)
        {
            return;
        }

        Copy(from, to, _lengths[from]);
        Logits(from).CopyTo(Logits(to));
        _lengths[to] = _lengths[from];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Free();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Computes keys, values and the last logits of tokens that follow what the row holds.</summary>
    private protected abstract void Take(int row, ReadOnlySpan<int> tokens);

    /// <summary>The same for one token of each row.</summary>
    private protected abstract void TakeStep(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens);

    /// <summary>The same for tokens of one row, with the logits after each.</summary>
    private protected abstract ReadOnlySpan<float> TakeAll(int row, ReadOnlySpan<int> tokens);

    /// <summary>The same for tokens of some rows. One row after the other, unless there is a better way.</summary>
    private protected virtual ReadOnlySpan<float> TakeAll(scoped ReadOnlySpan<int> rows, scoped ReadOnlySpan<int> tokens)
    {
        var all = new float[tokens.Length * Shape.Vocabulary];
        for (var start = 0; start < tokens.Length;)
        {
            var count = rows[start..].IndexOfAnyExcept(rows[start]) is >= 0 and var others ? others : tokens.Length - start;
            TakeAll(rows[start], tokens.Slice(start, count)).CopyTo(all.AsSpan(start * Shape.Vocabulary));
            start += count;
        }

        return all;
    }

    /// <summary>Copies keys and values.</summary>
    private protected abstract void Copy(int from, int to, int length);

    /// <summary>Gives the memory back.</summary>
    private protected abstract void Free();

    private protected void CheckRow(int row)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, MaximumRows);
    }

    private void CheckRoom(int row, int count)
    {
        if (_lengths[row] is 0 || _lengths[row] + count > Capacity)
        {
            throw new InvalidOperationException($"Row {row} holds {_lengths[row]} of {Capacity} tokens and cannot take {count} more.");
        }
    }

    private void CheckTokens(ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens.Length, 1, nameof(tokens));
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)Shape.Vocabulary)
            {
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"A token is within 0 and {Shape.Vocabulary - 1}.");
            }
        }
    }
}
