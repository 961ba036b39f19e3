using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Pipeline.Generation.Cpu;

namespace Pipeline.Shared.Tests.Generation.Cpu;

/// <summary>The matrix products against sums in double precision, in the form of every processor.</summary>
public sealed unsafe class ProductTests
{
    // No multiple of a panel's outputs.
    private const int Rows = 41;

    public static TheoryData<int, int, int> Sizes
    {
        get
        {
            TheoryData<int, int, int> sizes = new()
            {
                { 8, 32, 1 }, { 8, 96, 5 }, { 8, 256, 4 }, { 8, 800, 9 }, { 8, 64, 30 }, { 4, 32, 1 }, { 4, 96, 5 }, { 4, 512, 4 }, { 4, 800, 9 }, { 4, 96, 61 },
                // Without zero points of their own.
                { -4, 32, 1 }, { -4, 96, 5 }, { -4, 800, 25 },
            };
            for (var tokens = 1; tokens <= PackedRows.Tile; tokens++)
            {
                sizes.Add(8, 64, tokens);
                sizes.Add(4, 64, tokens);
                sizes.Add(-4, 64, tokens);
            }

            return sizes;
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Weights_times_rows_are_the_sums_they_should_be(int bits, int columns, int tokens)
    {
        Check<Avx2Product>(bits, columns, tokens, 0.03);
        if (AvxVnni.IsSupported)
        {
            Check<VnniProduct>(bits, columns, tokens, 0.015);
        }

        if (PanelKernel.IsSupported)
        {
            Check<Avx512Product>(bits, columns, tokens, 0.015);
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Machine_code_gives_what_intrinsics_give_to_the_last_bit(int bits, int columns, int tokens)
    {
        if (AvxVnni.IsSupported && PanelKernel.IsSupported)
        {
            using var test = new Case(bits, columns, tokens);
            var expected = test.Multiply<VnniProduct>(0, Rows).ToArray();
            Assert.Equal(expected, test.Multiply<Avx512Product>(0, Rows));
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Some_outputs_and_some_rows_are_what_they_are_among_all(int bits, int columns, int tokens)
    {
        using var test = new Case(bits, columns, tokens);
        var whole = test.Multiply<Avx2Product>(0, Rows).ToArray();
        foreach (var (first, last) in new[] { (0, 8), (8, 24), (20, 41), (16, 32) })
        {
            var some = test.Multiply<Avx2Product>(first, last);
            for (var token = 0; token < tokens; token++)
            {
                Assert.True(whole.AsSpan((token * Rows) + first, last - first).SequenceEqual(some.AsSpan((token * Rows) + first, last - first)));
            }
        }

        for (var token = 0; token < tokens; token++)
        {
            Assert.True(whole.AsSpan(token * Rows, Rows).SequenceEqual(test.Multiply<Avx2Product>(0, Rows, token, 1).AsSpan(0, Rows)));
        }
    }

    // The largest difference, as a share of the spread of the exact results.
    private static void Check<TProduct>(int bits, int columns, int tokens, double limit)
        where TProduct : struct, IPanelProduct
    {
        using var test = new Case(bits, columns, tokens);
        var outputs = test.Multiply<TProduct>(0, Rows);
        var row = stackalloc float[columns];
        var (worst, square) = (0.0, 0.0);
        for (var r = 0; r < Rows; r++)
        {
            test.Weights.Restore(r, row);
            for (var t = 0; t < tokens; t++)
            {
                var (exact, magnitude) = (0.0, 0.0);
                for (var i = 0; i < columns; i++)
                {
                    exact += row[i] * (double)test.Inputs[(t * columns) + i];
                    magnitude += row[i] * (double)row[i];
                }

                worst = Math.Max(worst, Math.Abs(exact + test.Bias[r] - outputs[(t * Rows) + r]));
                square += magnitude;
            }
        }

        Assert.True(worst <= limit * Math.Sqrt(square / (Rows * tokens)), $"{typeof(TProduct).Name}: off by {worst / Math.Sqrt(square / (Rows * tokens)):g3} of the spread");
    }

    private sealed class Case : IDisposable
    {
        private readonly List<nint> _memory = [];
        private readonly PackedMemory _packedMemory;
        private readonly PackedWeights _packed;
        private readonly int _tokens;

        public Case(int bits, int columns, int tokens)
        {
            var random = new Random(columns + tokens);
            _tokens = tokens;
            // Exactly as many bytes as there are values: reading beyond a row's end would be seen by a memory checker, and its result here.
            var values = Bytes(random, Rows * columns * Math.Abs(bits) / 8);
            var scales = Floats(Rows * columns / 32, () => (float)((random.NextDouble() - 0.3) * 0.01));
            var zeros = bits == 4 ? Bytes(random, Rows * ((columns / 32) + 1) / 2 * 2) : null;
            Bias = Floats(Rows, () => (float)random.NextDouble());
            Inputs = Floats(tokens * columns, () => (float)((random.NextDouble() * 2) - 1));
            Weights = new(Rows, columns, Math.Abs(bits), values, scales, zeros);
            _packedMemory = new(PackedWeights.SizeOf(Weights));
            _packed = PackedWeights.Pack(Weights, _packedMemory);
        }

        public BlockWeights Weights { get; }

        public float* Bias { get; }

        public float* Inputs { get; }

        public float[] Multiply<TProduct>(int first, int last, int firstToken = 0, int? count = null)
            where TProduct : struct, IPanelProduct
        {
            var tokens = count ?? _tokens;
            var outputs = new float[tokens * Rows];
            using var x = new PackedRows(tokens, Weights.Columns);
            x.Begin(tokens);
            var rows = stackalloc float*[tokens];
            fixed (float* to = outputs)
            {
                for (var t = 0; t < tokens; t++)
                {
                    x.Fill(t, Inputs + ((firstToken + t) * Weights.Columns), 0, Weights.Blocks, _packed.Zero, TProduct.Limit);
                    rows[t] = to + (t * Rows);
                }

                PanelProduct.Multiply<TProduct>(_packed, x, first, last, Bias, rows);
            }

            return outputs;
        }

        public void Dispose()
        {
            _packedMemory.Dispose();
            _memory.ForEach(memory => NativeMemory.Free((void*)memory));
        }

        private byte* Bytes(Random random, int count)
        {
            var memory = (byte*)NativeMemory.Alloc((nuint)count);
            _memory.Add((nint)memory);
            random.NextBytes(new Span<byte>(memory, count));
            return memory;
        }

        private float* Floats(int count, Func<float> next)
        {
            var memory = (float*)NativeMemory.Alloc((nuint)(count * sizeof(float)));
            _memory.Add((nint)memory);
            for (var i = 0; i < count; i++)
            {
                memory[i] = next();
            }

            return memory;
        }
    }
}
