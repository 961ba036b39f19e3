namespace Pipeline.Collecting;

/// <summary>The part of a stream that is being looked at; grows until what is looked for is whole.</summary>
internal sealed class ByteWindow(Stream stream, int most)
{
    private byte[] _bytes = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Whether nothing comes after the window.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether the window is as large as it may become.</summary>
    public bool IsFull => _end - _start >= most;

    /// <summary>Bytes before the window.</summary>
    public long Offset { get; private set; }

    /// <summary>What has been read and not passed.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Passes some of the bytes.</summary>
    public void Advance(long count)
    {
        _start += (int)count;
        Offset += count;
    }

    /// <summary>Reads at least as much again as there is.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        var wanted = Math.Max(1, _end - _start);
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }

        if (_bytes.Length - _end < wanted)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _end + wanted));
        }

        var read = await stream.ReadAtLeastAsync(_bytes.AsMemory(_end), wanted, throwOnEndOfStream: false, cancellationToken);
        _end += read;
        Ended = read < wanted;
    }
}
