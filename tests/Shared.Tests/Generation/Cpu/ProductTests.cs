using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Pipeline.Generation.Cpu;

namespace Pipeline.Shared.Tests.Generation.Cpu;

/// <summary>The matrix products against sums in double precision, in the form of every processor.</summary>
public sealed unsafe class ProductTests
{
    private const int Rows = 24;

    public static TheoryData<int, int, int> Sizes => new()
    {
        { 8, 32, 1 }, { 8, 96, 5 }, { 8, 256, 4 }, { 8, 800, 9 }, { 4, 32, 1 }, { 4, 96, 5 }, { 4, 512, 4 }, { 4, 800, 9 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void Blocks_times_a_few_rows(int bits, int columns, int tokens)
    {
        if (AvxVnni.IsSupported)
        {
            Check<VnniDot>(bits, columns, tokens, 0.012, grouped: false);
        }

        Check<Avx2Dot>(bits, columns, tokens, 0.024, grouped: false);
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Groups_times_many_rows(int bits, int columns, int tokens)
    {
        if (AvxVnni.IsSupported)
        {
            Check<VnniDot>(bits, columns, tokens, 0.03, grouped: true);
        }

        Check<Avx2Dot>(bits, columns, tokens, 0.05, grouped: true);
    }

    // The largest difference, as a share of the spread of the exact results.
    private static void Check<TDot>(int bits, int columns, int tokens, double limit, bool grouped)
        where TDot : struct, IByteDot
    {
        var random = new Random(columns + tokens);
        // Exactly as many bytes as there are values: reading beyond a row's end would be seen by a memory checker, and its result here.
        var values = Bytes(random, Rows * columns * bits / 8);
        var scales = Floats(Rows * columns / 32, () => (float)((random.NextDouble() - 0.3) * 0.01));
        var zeros = bits == 4 ? Bytes(random, Rows * ((columns / 32) + 1) / 2 * 2) : null;
        var bias = Floats(Rows, () => (float)random.NextDouble());
        var inputs = Floats(tokens * columns, () => (float)((random.NextDouble() * 2) - 1));
        var outputs = Floats(tokens * Rows, () => 0);
        try
        {
            var weights = new BlockWeights(Rows, columns, bits, values, scales, zeros);
            if (grouped)
            {
                using var x = new GroupedRows(tokens, columns);
                for (var t = 0; t < tokens; t++)
                {
                    x.Fill(t, inputs + (t * columns), 0, x.Groups, TDot.Limit);
                }

                GroupProduct.Multiply<TDot>(weights, x, tokens, 0, Rows, bias, outputs, Rows);
            }
            else
            {
                using var x = new QuantizedRows(tokens, columns);
                var rows = stackalloc float*[tokens];
                for (var t = 0; t < tokens; t++)
                {
                    x.Fill(t, inputs + (t * columns), 0, columns / 32, bits, TDot.Limit);
                    rows[t] = outputs + (t * Rows);
                }

                BlockProduct.Multiply<TDot>(weights, x, tokens, 0, Rows, bias, rows);
            }

            var row = stackalloc float[columns];
            var (worst, square) = (0.0, 0.0);
            for (var r = 0; r < Rows; r++)
            {
                weights.Restore(r, row);
                for (var t = 0; t < tokens; t++)
                {
                    var (exact, magnitude) = (0.0, 0.0);
                    for (var i = 0; i < columns; i++)
                    {
                        exact += row[i] * (double)inputs[(t * columns) + i];
                        magnitude += row[i] * (double)row[i];
                    }

                    worst = Math.Max(worst, Math.Abs(exact + bias[r] - outputs[(t * Rows) + r]));
                    square += magnitude;
                }
            }

            Assert.True(worst <= limit * Math.Sqrt(square / (Rows * tokens)), $"{typeof(TDot).Name}: off by {worst / Math.Sqrt(square / (Rows * tokens)):g3} of the spread");
        }
        finally
        {
            foreach (var memory in new[] { (nint)values, (nint)scales, (nint)zeros, (nint)bias, (nint)inputs, (nint)outputs })
            {
                NativeMemory.Free((void*)memory);
            }
        }
    }

    private static byte* Bytes(Random random, int count)
    {
        var memory = (byte*)NativeMemory.Alloc((nuint)count);
        random.NextBytes(new Span<byte>(memory, count));
        return memory;
    }

    private static float* Floats(int count, Func<float> next)
    {
        var memory = (float*)NativeMemory.Alloc((nuint)(count * sizeof(float)));
        for (var i = 0; i < count; i++)
        {
            memory[i] = next();
        }

        return memory;
    }
}
