using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// Attention of one token in one head. Keys lie in tiles of eight positions, [tile, number, position], so that eight scores are computed
/// side by side; values lie position by position.
/// </summary>
internal static unsafe class Attention
{
    /// <summary>Positions a tile.</summary>
    public const int Tile = 8;

    private const int TilesAtOnce = 4;

    // So many numbers of the result stay in registers.
    private const int Slice = 64;

    /// <summary>Stores a position's key and value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Append(float* keys, float* values, int position, float* key, float* value, int size)
    {
        var tile = keys + ((long)(position / Tile) * Tile * size) + (position % Tile);
        for (var i = 0; i < size; i++)
        {
            tile[i * Tile] = key[i];
        }

        var to = values + ((long)position * size);
        for (var i = 0; i < size; i += 8)
        {
            Vector256.Load(value + i).Store(to + i);
        }
    }

    /// <summary>softmax(q·Kᵀ / √size)·V over the first positions.</summary>
    /// <param name="query">The query; it is scaled in place.</param>
    /// <param name="keys">Keys of the head.</param>
    /// <param name="values">Values of the head.</param>
    /// <param name="length">Positions to look at.</param>
    /// <param name="size">Numbers a position, a multiple of 8.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="scores">Room for the scores, padded to whole tiles.</param>
    /// <param name="to">Where the result goes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(float* query, float* keys, float* values, int length, int size, float scale, float* scores, float* to)
    {
        for (var i = 0; i < size; i += 8)
        {
            (Vector256.Load(query + i) * scale).Store(query + i);
        }

        var tiles = (length + Tile - 1) / Tile;
        var tile = 0;
        for (; tile + TilesAtOnce <= tiles; tile += TilesAtOnce)
        {
            FourTiles(query, keys + ((long)tile * Tile * size), size, scores + (tile * Tile));
        }

        for (; tile < tiles; tile++)
        {
            OneTile(query, keys + ((long)tile * Tile * size), size, scores + (tile * Tile));
        }

        // The last tile may hold whatever was in memory before.
        for (var i = length; i < tiles * Tile; i++)
        {
            scores[i] = float.NegativeInfinity;
        }

        var inverse = Exponentiate(scores, tiles);
        var at = 0;
        for (; at + Slice <= size; at += Slice)
        {
            AddValues(scores, values + at, length, size, inverse, to + at);
        }

        for (; at < size; at += 8)
        {
            var sum = Vector256<float>.Zero;
            for (var i = 0; i < length; i++)
            {
                sum = Fma.MultiplyAdd(Vector256.Create(scores[i]), Vector256.Load(values + ((long)i * size) + at), sum);
            }

            (sum * inverse).Store(to + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTiles(float* query, float* keys, int size, float* scores)
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var step = Tile * size;
        for (var i = 0; i < size; i++)
        {
            var q = Vector256.Create(query[i]);
            a = Fma.MultiplyAdd(q, Vector256.Load(keys + (i * Tile)), a);
            b = Fma.MultiplyAdd(q, Vector256.Load(keys + step + (i * Tile)), b);
            c = Fma.MultiplyAdd(q, Vector256.Load(keys + (2 * step) + (i * Tile)), c);
            d = Fma.MultiplyAdd(q, Vector256.Load(keys + (3 * step) + (i * Tile)), d);
        }

        a.Store(scores);
        b.Store(scores + Tile);
        c.Store(scores + (2 * Tile));
        d.Store(scores + (3 * Tile));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneTile(float* query, float* keys, int size, float* scores)
    {
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < size; i++)
        {
            sum = Fma.MultiplyAdd(Vector256.Create(query[i]), Vector256.Load(keys + (i * Tile)), sum);
        }

        sum.Store(scores);
    }

    // Turns scores into exp(score - highest) and gives one over their sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int tiles)
    {
        var highest = Vector256.Load(scores);
        for (var tile = 1; tile < tiles; tile++)
        {
            highest = Vector256.Max(highest, Vector256.Load(scores + (tile * Tile)));
        }

        var (most, total) = (Vector256.Create(Elementwise.Maximum(highest)), Vector256<float>.Zero);
        for (var tile = 0; tile < tiles; tile++)
        {
            var weight = Vector256.Exp(Vector256.Load(scores + (tile * Tile)) - most);
            weight.Store(scores + (tile * Tile));
            total += weight;
        }

        return 1 / Vector256.Sum(total);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddValues(float* weights, float* values, int length, int size, float inverse, float* to)
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (e, f, g, h) = (a, a, a, a);
        for (var i = 0; i < length; i++, values += size)
        {
            var weight = Vector256.Create(weights[i]);
            a = Fma.MultiplyAdd(weight, Vector256.Load(values), a);
            b = Fma.MultiplyAdd(weight, Vector256.Load(values + 8), b);
            c = Fma.MultiplyAdd(weight, Vector256.Load(values + 16), c);
            d = Fma.MultiplyAdd(weight, Vector256.Load(values + 24), d);
            e = Fma.MultiplyAdd(weight, Vector256.Load(values + 32), e);
            f = Fma.MultiplyAdd(weight, Vector256.Load(values + 40), f);
            g = Fma.MultiplyAdd(weight, Vector256.Load(values + 48), g);
            h = Fma.MultiplyAdd(weight, Vector256.Load(values + 56), h);
        }

        (a * inverse).Store(to);
        (b * inverse).Store(to + 8);
        (c * inverse).Store(to + 16);
        (d * inverse).Store(to + 24);
        (e * inverse).Store(to + 32);
        (f * inverse).Store(to + 40);
        (g * inverse).Store(to + 48);
        (h * inverse).Store(to + 56);
    }
}
