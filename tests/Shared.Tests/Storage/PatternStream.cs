namespace Pipeline.Shared.Tests.Storage;

/// <summary>Bytes that follow from their place, to read once and forward, as from a network.</summary>
internal sealed class PatternStream(long length) : Stream
{
    public const string Break = "The content broke off.";

    private long _position;

    /// <summary>Where reading fails.</summary>
    public long BreaksAt { get; init; } = long.MaxValue;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_position >= BreaksAt)
        {
            throw new InvalidDataException(Break);
        }

        var read = (int)Math.Min(count, length - _position);
        for (var index = 0; index < read; index++, _position++)
        {
            buffer[offset + index] = (byte)(_position * 31 >> 3);
        }

        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
