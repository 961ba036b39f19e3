using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Pipeline.Generation.Cpu;

namespace Pipeline.Shared.Tests.Generation.Cpu;

public sealed unsafe class TokenTableTests
{
    private const int Columns = 96;

    [Theory]
    [InlineData(77)]
    [InlineData(20_011)]
    public void The_likeliest_tokens_have_the_scores_of_whole_weights_and_the_others_nearly(int tokens)
    {
        Check<Avx2Product>(tokens);
        if (AvxVnni.IsSupported)
        {
            Check<VnniProduct>(tokens);
        }

        if (PanelKernel.IsSupported)
        {
            Check<Avx512Product>(tokens);
        }
    }

    private static void Check<TProduct>(int tokens)
        where TProduct : struct, IPanelProduct
    {
        var random = new Random(tokens);
        var values = (byte*)NativeMemory.Alloc((nuint)(tokens * Columns));
        random.NextBytes(new Span<byte>(values, tokens * Columns));
        var scales = (float*)NativeMemory.Alloc((nuint)(tokens * Columns / 32 * sizeof(float)));
        for (var i = 0; i < tokens * Columns / 32; i++)
        {
            scales[i] = (float)((random.NextDouble() - 0.3) * 0.01);
        }

        var source = new BlockWeights(tokens, Columns, 8, values, scales, null);
        using var memory = new PackedMemory(TokenTable.SizeOf(source) + PackedWeights.SizeOf(source));
        var (table, whole) = (new TokenTable(source, memory), PackedWeights.Pack(source, memory));
        var x = new float[Columns];
        for (var i = 0; i < Columns; i++)
        {
            x[i] = (float)random.NextDouble() - 0.5f;
        }

        var (expected, actual) = (Multiply(whole), Multiply(table.Upper));
        using var rows = Fill(table.Upper);
        var ranks = new float[(tokens + 15) / 16];
        var scratch = new int[TokenTable.ScratchOf(Columns)];
        fixed (float* logits = actual, highest = ranks)
        fixed (int* room = scratch)
        {
            // As two members do it: each ranks its own, then all ranks are there.
            var half = tokens / 32 * 16;
            TokenTable.Rank(logits, 0, half, highest);
            TokenTable.Rank(logits, half, tokens, highest);
            table.MakeExact<TProduct>(logits, rows, 0, highest, 0, half, room);
            table.MakeExact<TProduct>(logits, rows, 0, highest, half, tokens, room);
        }

        var spread = Math.Sqrt(expected.Average(logit => logit * (double)logit));
        var order = Enumerable.Range(0, tokens).OrderByDescending(token => expected[token]).ToList();
        foreach (var token in order.Take(400))
        {
            Assert.True(Math.Abs(expected[token] - actual[token]) < 1e-4 * spread, $"{typeof(TProduct).Name}: token {token} has {actual[token]}, not {expected[token]}");
        }

        Assert.Equal(order.Take(100), Enumerable.Range(0, tokens).OrderByDescending(token => actual[token]).Take(100));
        Assert.All(order, token => Assert.True(Math.Abs(expected[token] - actual[token]) < 0.4 * spread));

        foreach (var token in new[] { 0, 1, tokens / 2, tokens - 1 })
        {
            fixed (float* stored = new float[Columns], restored = new float[Columns])
            {
                source.Restore(token, stored);
                table.Restore(token, restored);
                for (var i = 0; i < Columns; i++)
                {
                    Assert.Equal(stored[i], restored[i], 1e-4f);
                }
            }
        }

        NativeMemory.Free(values);
        NativeMemory.Free(scales);

        PackedRows Fill(PackedWeights weights)
        {
            var filled = new PackedRows(1, Columns);
            filled.Begin(1);
            fixed (float* from = x)
            {
                filled.Fill(0, from, 0, Columns / 32, weights.Zero, TProduct.Limit);
            }

            return filled;
        }

        float[] Multiply(PackedWeights weights)
        {
            var result = new float[tokens];
            using var filled = Fill(weights);
            fixed (float* to = result)
            {
                var row = to;
                PanelProduct.Multiply<TProduct>(weights, filled, 0, tokens, null, &row);
            }

            return result;
        }
    }
}
