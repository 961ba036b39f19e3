using System.Text;

namespace Pipeline.Collecting;

/// <summary>Reads bytes that are not of an encoding as Latin-1, so that no byte of a text is lost.</summary>
internal sealed class Latin1Fallback : DecoderFallback
{
    /// <inheritdoc />
    public override int MaxCharCount => 4;

    /// <summary>UTF-8 in which every byte has a meaning.</summary>
    public static Encoding Utf8 => Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new Latin1Fallback());

    /// <inheritdoc />
    public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer();

    private sealed class Buffer : DecoderFallbackBuffer
    {
        private byte[] _bytes = [];
        private int _next;

        public override int Remaining => _bytes.Length - _next;

        public override bool Fallback(byte[] bytesUnknown, int index)
        {
            (_bytes, _next) = (bytesUnknown, 0);
            return bytesUnknown.Length > 0;
        }

        public override char GetNextChar() => _next < _bytes.Length ? (char)_bytes[_next++] : '\0';

        public override bool MovePrevious()
        {
            if (_next == 0)
            {
                return false;
            }

            _next--;
            return true;
        }

        public override void Reset() => (_bytes, _next) = ([], 0);
    }
}
