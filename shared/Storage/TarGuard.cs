using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Storage;

/// <summary>
/// Passes a tar archive on and reads its headers on the way. A reader makes room for an entry's attributes by the size that their header claims,
/// which in a hostile archive is a lie of gigabytes: such a header is refused before anybody acts on it. Format: POSIX.1-2017, pax, "ustar
/// Interchange Format" (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html), with GNU's long names and numbers in base 256.
/// </summary>
internal sealed class TarGuard(Stream inner) : ForwardStream
{
    private const int Block = 512;
    private const long LongestAttributes = 1 << 20;

    private readonly byte[] _header = new byte[Block];
    private readonly MemoryStream _attributes = new();
    private int _filled;
    private long _wanted;
    private long _skipped;
    private long? _size;

    /// <exception cref="InvalidDataException">A header claims more than a megabyte of attributes.</exception>
    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        Watch(buffer[..read]);
        return read;
    }

    /// <inheritdoc cref="Read(Span{byte})" />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Watch(buffer.Span[..read]);
        return read;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _attributes.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Watch(ReadOnlySpan<byte> read)
    {
        while (!read.IsEmpty)
        {
            if (_wanted > 0)
            {
                var attributes = (int)Math.Min(_wanted, read.Length);
                _attributes.Write(read[..attributes]);
                _wanted -= attributes;
                read = read[attributes..];
                if (_wanted == 0)
                {
                    _size = SizeIn(Encoding.UTF8.GetString(_attributes.GetBuffer(), 0, (int)_attributes.Length)) ?? _size;
                    _attributes.SetLength(0);
                }
            }
            else if (_skipped > 0)
            {
                var skipped = (int)Math.Min(_skipped, read.Length);
                _skipped -= skipped;
                read = read[skipped..];
            }
            else
            {
                var part = Math.Min(Block - _filled, read.Length);
                read[..part].CopyTo(_header.AsSpan(_filled));
                _filled += part;
                read = read[part..];
                if (_filled == Block)
                {
                    _filled = 0;
                    Header();
                }
            }
        }
    }

    private void Header()
    {
        var claimed = Number(_header.AsSpan(124, 12));
        switch ((char)_header[156])
        {
            case 'x' or 'g' or 'L' or 'K' when claimed > LongestAttributes:
                throw new InvalidDataException($"An entry of the archive claims {claimed / 1048576} MB of attributes; no sound one has more than {LongestAttributes / 1048576}.");
            case 'x':
                (_wanted, _skipped) = (claimed, Padding(claimed));
                break;
            case 'g' or 'L' or 'K':
                _skipped = claimed + Padding(claimed);
                break;
            case >= '1' and <= '6':
                // Links, devices and folders have no data.
                _size = null;
                break;
            default:
                // The attributes before it may have a better word.
                var size = _size ?? claimed;
                (_skipped, _size) = (size + Padding(size), null);
                break;
        }
    }

    private static long Padding(long size) => (Block - (size % Block)) % Block;

    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            return Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(field[^8..]), 0, long.MaxValue / 2);
        }

        var number = 0L;
        foreach (var digit in field)
        {
            if (digit is >= (byte)'0' and <= (byte)'7')
            {
                number = (number * 8) + (digit - '0');
            }
            else if (number > 0)
            {
                break;
            }
        }

        return number;
    }

    // Records are "length key=value\n".
    private static long? SizeIn(string attributes)
    {
        foreach (var record in attributes.Split('\n'))
        {
            var key = record.IndexOf(" size=", StringComparison.Ordinal);
            if (key > 0 && long.TryParse(record.AsSpan(key + " size=".Length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var size))
            {
                return Math.Min(size, long.MaxValue / 2);
            }
        }

        return null;
    }
}
