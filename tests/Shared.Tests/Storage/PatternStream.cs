using Pipeline.Storage;

namespace Pipeline.Shared.Tests.Storage;

/// <summary>Bytes that follow from their place, to read once and forward, as from a network.</summary>
internal sealed class PatternStream(long length) : ForwardStream
{
    public const string Break = "The content broke off.";

    private long _position;

    /// <summary>Where reading fails.</summary>
    public long BreaksAt { get; init; } = long.MaxValue;

    public override int Read(Span<byte> buffer)
    {
        if (_position >= BreaksAt)
        {
            throw new InvalidDataException(Break);
        }

        var read = (int)Math.Min(buffer.Length, length - _position);
        for (var index = 0; index < read; index++, _position++)
        {
            buffer[index] = (byte)(_position * 31 >> 3);
        }

        return read;
    }
}
