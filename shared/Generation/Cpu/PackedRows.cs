using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// Activations in 8 bits, a scale for each block of 32, laid out as products with <see cref="PackedWeights"/> read them: in tiles of a few
/// rows, in a tile block by block: four values of each row and so on, then each row's scale, then what each row's sums begin with.
/// </summary>
internal sealed unsafe class PackedRows : IDisposable
{
    /// <summary>Rows of a tile at most: their sums, and those of a block, fill the registers of AVX-512.</summary>
    public const int Tile = 12;

    /// <summary>Bytes of a block of a row.</summary>
    public const int BlockBytes = BlockWeights.Size + sizeof(float) + sizeof(int);

    private readonly int _blocks;
    private readonly int _columns;
    private readonly byte* _values;
    private int _tile = 1;

    public PackedRows(int rows, int columns)
    {
        // Weights of 4 bits come in pairs of blocks.
        (_columns, _blocks) = (columns, ((columns / BlockWeights.Size) + 1) / 2 * 2);
        _values = (byte*)NativeMemory.AlignedAlloc((nuint)((long)rows * _blocks * BlockBytes), 64);
    }

    /// <summary>Rows that are there.</summary>
    public int Count { get; private set; }

    /// <summary>Tiles that they make.</summary>
    public int Tiles => (Count + _tile - 1) / _tile;

    /// <summary>Makes room for so many rows, whose tiles are as equal as can be.</summary>
    public void Begin(int rows)
    {
        var tiles = Math.Max(1, (rows + Tile - 1) / Tile);
        (Count, _tile) = (rows, Math.Max(1, (rows + tiles - 1) / tiles));
        for (var tile = 0; tile < Tiles && _columns / BlockWeights.Size < _blocks; tile++)
        {
            new Span<byte>(At(tile) + ((_blocks - 1) * RowsOf(tile) * BlockBytes), RowsOf(tile) * BlockBytes).Clear();
        }
    }

    /// <summary>Where a tile begins.</summary>
    public byte* At(int tile) => _values + ((long)tile * _tile * _blocks * BlockBytes);

    /// <summary>The first row of a tile.</summary>
    public int FirstOf(int tile) => tile * _tile;

    /// <summary>Rows of a tile.</summary>
    public int RowsOf(int tile) => Math.Min(_tile, Count - (tile * _tile));

    /// <summary>Quantises blocks of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="from">The whole row's numbers.</param>
    /// <param name="firstBlock">The first block.</param>
    /// <param name="lastBlock">The block after the last.</param>
    /// <param name="zero">The stored value of 0 of the weights that it will meet, taken off beforehand; 1 if each block has its own.</param>
    /// <param name="limit">The largest magnitude a value may have.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(int row, float* from, int firstBlock, int lastBlock, float zero, int limit)
    {
        var tile = row / _tile;
        var rows = RowsOf(tile);
        var place = row - (tile * _tile);
        var to = At(tile) + ((long)firstBlock * rows * BlockBytes);
        var quads = stackalloc int[PackedWeights.Quads];
        for (var block = firstBlock; block < lastBlock; block++, to += rows * BlockBytes)
        {
            var at = from + (block * BlockWeights.Size);
            var (a, b, c, d) = (Vector256.Load(at), Vector256.Load(at + 8), Vector256.Load(at + 16), Vector256.Load(at + 24));
            var largest = Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
            var most = Elementwise.Maximum(largest);
            var inverse = Vector256.Create(most == 0 ? 0 : limit / most);
            var (i, j, k, l) = (Avx.ConvertToVector256Int32(a * inverse), Avx.ConvertToVector256Int32(b * inverse),
                Avx.ConvertToVector256Int32(c * inverse), Avx.ConvertToVector256Int32(d * inverse));
            Pack(i, j, k, l).AsInt32().Store(quads);
            for (var quad = 0; quad < PackedWeights.Quads; quad++)
            {
                ((int*)to)[(quad * rows) + place] = quads[quad];
            }

            var tail = to + (rows * BlockWeights.Size);
            ((float*)tail)[place] = most / limit;
            ((int*)tail)[rows + place] = (int)MathF.Round(-zero * Vector256.Sum((i + j) + (k + l)));
        }
    }

    /// <summary>Gives a row's values, scales and beginnings of sums one behind the other.</summary>
    public void Read(int row, int* values, float* scales, int* beginnings)
    {
        var tile = row / _tile;
        var rows = RowsOf(tile);
        var from = At(tile);
        for (var block = 0; block < _columns / BlockWeights.Size; block++, from += rows * BlockBytes)
        {
            for (var quad = 0; quad < PackedWeights.Quads; quad++)
            {
                *values++ = ((int*)from)[(quad * rows) + row - (tile * _tile)];
            }

            var tail = from + (rows * BlockWeights.Size) + ((row - (tile * _tile)) * sizeof(int));
            scales[block] = *(float*)tail;
            beginnings[block] = ((int*)tail)[rows];
        }
    }

    /// <inheritdoc />
    public void Dispose() => NativeMemory.AlignedFree(_values);

    // Four vectors of whole numbers that fit bytes, in order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Pack(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        var bytes = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d));
        return Avx2.PermuteVar8x32(bytes.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte();
    }
}
