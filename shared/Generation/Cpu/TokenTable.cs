using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// The table of tokens, which is the head too. Of 8-bit weights the upper halves lie apart from the lower ones: the upper halves alone rank
/// the vocabulary, half the memory that is read otherwise, and the likeliest tokens' scores are then made exact with the lower ones.
/// </summary>
internal sealed unsafe class TokenTable
{
    // Panels with the highest scores whose highest tokens are made exact; so at least as many tokens are.
    private const int ExactPanels = 512;

    private const int Bins = 1024;
    private const int HalfBlock = BlockWeights.Size / 2;

    private readonly BlockWeights _source;
    private readonly byte* _lower;
    private readonly short* _fractions;

    /// <summary>Lays out a table.</summary>
    public TokenTable(BlockWeights source, PackedMemory memory)
    {
        _source = source;
        if (source.Bits != 8)
        {
            Upper = PackedWeights.Pack(source, memory);
            return;
        }

        Upper = PackedWeights.PackUpperHalves(source, memory);
        _lower = memory.Take((long)source.Rows * source.Columns / 2);
        _fractions = (short*)memory.Take((long)source.Rows * source.Blocks * sizeof(short));
        Parallel.For(0, (int)Upper.Panels, FillLower);
    }

    /// <summary>The weights that rank: of 8 bits the upper halves, else all of them.</summary>
    public PackedWeights Upper { get; }

    /// <summary>Whether scores by <see cref="Upper"/> are made exact afterwards.</summary>
    public bool Halved => _lower is not null;

    private int Blocks => _source.Blocks;

    /// <summary>The memory that a table takes.</summary>
    public static long SizeOf(BlockWeights source) => source.Bits != 8
        ? PackedWeights.SizeOf(source)
        : PackedWeights.SizeOf(source.Rows, source.Columns, WeightForm.FourBits)
            + PackedMemory.Padded((long)source.Rows * source.Columns / 2) + PackedMemory.Padded((long)source.Rows * source.Blocks * sizeof(short));

    /// <summary>The numbers of a token.</summary>
    public void Restore(int token, float* to)
    {
        var stored = stackalloc byte[BlockWeights.Size];
        for (var block = 0; block < Blocks; block++)
        {
            Upper.Unpack(token, block, stored);
            var scale = Upper.Fraction(token, block) * Upper.RowScales[token];
            for (var i = 0; i < BlockWeights.Size; i++)
            {
                var value = (float)(stored[i] - Upper.ZeroPoint(token, block));
                if (Halved)
                {
                    var lower = Lower(token, block)[i % HalfBlock];
                    value += (i < HalfBlock ? lower & 15 : lower >> 4) / 16f;
                }

                to[(block * BlockWeights.Size) + i] = value * scale;
            }
        }
    }

    /// <summary>Room that <see cref="MakeExact"/> needs, in 32-bit numbers.</summary>
    public static int ScratchOf(int width) => Bins + (width / 4) + (2 * width / BlockWeights.Size);

    /// <summary>Adds what the lower halves say to the highest scores among some tokens.</summary>
    /// <param name="logits">The whole vocabulary's scores, by <see cref="Upper"/>.</param>
    /// <param name="x">The activations that they were made of.</param>
    /// <param name="row">The row of them.</param>
    /// <param name="ranks">The highest score of each panel; see <see cref="Rank"/>.</param>
    /// <param name="first">The first token, at the beginning of a panel.</param>
    /// <param name="last">The token after the last.</param>
    /// <param name="scratch">Room; see <see cref="ScratchOf"/>.</param>
    public void MakeExact<TProduct>(float* logits, PackedRows x, int row, float* ranks, int first, int last, int* scratch)
        where TProduct : struct, IPanelProduct
    {
        var values = scratch + Bins;
        var scales = (float*)(values + (_source.Columns / 4));
        var beginnings = scratch + Bins + (_source.Columns / 4) + Blocks;
        var threshold = Threshold(ranks, (_source.Rows + PackedWeights.Panel - 1) / PackedWeights.Panel, scratch);
        x.Read(row, values, scales, beginnings);
        for (var block = 0; block < Blocks; block++)
        {
            // Of the whole, Σ(16 · upper + lower - 128)·x, the ranking took 16 · (Σ upper·x + beginning).
            var sum = 0;
            for (var i = 0; i < BlockWeights.Size; i++)
            {
                sum += ((sbyte*)(values + (block * PackedWeights.Quads)))[i];
            }

            beginnings[block] = -(128 * sum) - (16 * beginnings[block]);
        }

        for (var panel = first / PackedWeights.Panel; panel * PackedWeights.Panel < last; panel++)
        {
            if (!(ranks[panel] >= threshold))
            {
                continue;
            }

            for (var token = panel * PackedWeights.Panel; token < Math.Min((panel + 1) * PackedWeights.Panel, last); token++)
            {
                if (logits[token] >= threshold)
                {
                    logits[token] += Correction<TProduct>(token, (sbyte*)values, scales, beginnings);
                }
            }
        }
    }

    /// <summary>The highest score of each panel.</summary>
    public static void Rank(float* logits, int first, int last, float* ranks)
    {
        for (var panel = first / PackedWeights.Panel; panel * PackedWeights.Panel < last; panel++)
        {
            var at = logits + (panel * PackedWeights.Panel);
            if ((panel + 1) * PackedWeights.Panel <= last)
            {
                ranks[panel] = Elementwise.Maximum(Vector256.Max(Vector256.Load(at), Vector256.Load(at + 8)));
                continue;
            }

            ranks[panel] = float.NegativeInfinity;
            for (var i = 0; i < last - (panel * PackedWeights.Panel); i++)
            {
                ranks[panel] = MathF.Max(ranks[panel], at[i]);
            }
        }
    }

    // A score that at least so many panels reach; where there are fewer, or scores that are no numbers, everything does.
    private static float Threshold(float* ranks, int panels, int* bins)
    {
        var (lowest, highest) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var panel = 0; panel < panels; panel++)
        {
            lowest = MathF.Min(lowest, ranks[panel]);
            highest = MathF.Max(highest, ranks[panel]);
        }

        var unit = (highest - lowest) / (Bins - 1);
        if (panels <= ExactPanels || !(unit > 0) || !float.IsFinite(unit))
        {
            return float.NegativeInfinity;
        }

        new Span<int>(bins, Bins).Clear();
        for (var panel = 0; panel < panels; panel++)
        {
            bins[(int)((highest - ranks[panel]) / unit)]++;
        }

        var (bin, count) = (0, bins[0]);
        while (count < ExactPanels)
        {
            count += bins[++bin];
        }

        return highest - ((bin + 1) * unit);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Correction<TProduct>(int token, sbyte* values, float* scales, int* beginnings)
        where TProduct : struct, IPanelProduct
    {
        var lower = Lower(token, 0);
        var fractions = _fractions + ((long)token * Blocks);
        var (sum, rest) = (Vector256<float>.Zero, 0f);
        var mask = Vector128.Create((byte)15);
        for (var block = 0; block < Blocks; block++, lower += HalfBlock, values += BlockWeights.Size)
        {
            var stored = Vector128.Load(lower);
            var both = Vector256.Create(stored & mask, (stored.AsUInt16() >> 4).AsByte() & mask);
            var factor = fractions[block] * scales[block];
            sum = Fma.MultiplyAdd(Avx.ConvertToVector256Single(TProduct.Add(Vector256<int>.Zero, both, Vector256.Load(values))), Vector256.Create(factor), sum);
            rest += factor * beginnings[block];
        }

        return (Vector256.Sum(sum) + rest) * (Upper.RowScales[token] / 16);
    }

    private byte* Lower(int token, int block) => _lower + (((long)token * Blocks) + block) * HalfBlock;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillLower(int panel)
    {
        var mask = Vector128.Create((byte)15);
        var (blocks, stride) = (Blocks, PackedWeights.ScaleBytes(Upper.Form));
        for (var token = panel * PackedWeights.Panel; token < Math.Min((panel + 1) * PackedWeights.Panel, _source.Rows); token++)
        {
            var from = _source.Values + ((long)token * _source.RowBytes);
            var to = Lower(token, 0);
            var fractions = _fractions + ((long)token * blocks);
            var fraction = Upper.BlockScales(panel, 0) + (token % PackedWeights.Panel * sizeof(short));
            for (var block = 0; block < blocks; block++, from += BlockWeights.Size, to += HalfBlock, fraction += stride)
            {
                ((Vector128.Load(from) & mask) | ((Vector128.Load(from + HalfBlock) & mask).AsUInt16() << 4).AsByte()).Store(to);
                fractions[block] = *(short*)fraction;
            }
        }
    }
}
