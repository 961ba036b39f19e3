using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pipeline.Benchmarks.Decode;

/// <summary>How matrices are stored; the values are ggml's.</summary>
internal enum GgufType
{
    F32 = 0,
    Q4 = 2,
    Q8 = 8,
}

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">llama.cpp's name.</param>
/// <param name="Rows">Rows, or 0 for a vector.</param>
/// <param name="Columns">Numbers a row, whole blocks where it is quantised.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Read">Gives a row's numbers.</param>
internal sealed record GgufTensor(string Name, int Rows, int Columns, GgufType Type, GgufTensor.RowReader Read)
{
    private const int Block = 32;

    internal delegate void RowReader(int row, Span<float> values);

    public long Bytes => (long)Math.Max(Rows, 1) * RowBytes;

    private int RowBytes => Type == GgufType.F32 ? Columns * sizeof(float) : Columns / Block * BlockBytes;

    // The scale in 16 bits and 32 whole numbers.
    private int BlockBytes => Type == GgufType.Q4 ? 18 : 34;

    /// <summary>The tensor's bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[Bytes];
        Parallel.For(0, Math.Max(Rows, 1), row =>
        {
            var values = new float[Columns];
            Read(row, values);
            var to = bytes.AsSpan(row * RowBytes, RowBytes);
            if (Type == GgufType.F32)
            {
                MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(to);
                return;
            }

            for (var block = 0; block < Columns / Block; block++)
            {
                EncodeBlock(values.AsSpan(block * Block, Block), to.Slice(block * BlockBytes, BlockBytes));
            }
        });
        return bytes;
    }

    /// <summary>Random stored values of a deviation instead; what is not quantised is still read.</summary>
    public byte[] EncodeRandom(Random random, double deviation)
    {
        if (Type == GgufType.F32)
        {
            return Encode();
        }

        var bytes = new byte[Bytes];
        random.NextBytes(bytes);
        var stored = Math.Sqrt((Math.Pow(Type == GgufType.Q4 ? 16 : 256, 2) - 1) / 12);
        for (var at = 0; at < bytes.Length; at += BlockBytes)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(at), (Half)(deviation / stored));
        }

        return bytes;
    }

    // Signed bytes, or half bytes of which the first 16 are the low ones.
    private void EncodeBlock(Span<float> values, Span<byte> to)
    {
        var extreme = 0f;
        foreach (var value in values)
        {
            extreme = Math.Abs(value) > Math.Abs(extreme) ? value : extreme;
        }

        var scale = Type == GgufType.Q8 ? Math.Abs(extreme) / 127 : extreme / -8;
        var inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(to, (Half)scale);
        for (var i = 0; i < Block; i++)
        {
            if (Type == GgufType.Q8)
            {
                to[2 + i] = (byte)(sbyte)MathF.Round(values[i] * inverse);
            }
            else
            {
                var half = (int)Math.Clamp(MathF.Floor((values[i] * inverse) + 8.5f), 0, 15);
                to[2 + (i % 16)] |= (byte)(half << (i / 16 * 4));
            }
        }
    }
}
