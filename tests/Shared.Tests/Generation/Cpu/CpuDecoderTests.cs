using System.Numerics.Tensors;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;

namespace Pipeline.Shared.Tests.Generation.Cpu;

/// <summary>The product's own kernels, measured against ONNX Runtime on the same file and against themselves.</summary>
public sealed class CpuDecoderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // Widths of one block, of an odd number of blocks, of whole groups of blocks, and of a group and a rest; heads of odd sizes.
    public static TheoryData<int, int, string> Models => new()
    {
        { 2, 32, LanguageModel.QuantizedFile }, { 2, 32, LanguageModel.FourBitFile },
        { 3, 96, LanguageModel.QuantizedFile }, { 3, 96, LanguageModel.FourBitFile },
        { 4, 256, LanguageModel.QuantizedFile }, { 4, 256, LanguageModel.FourBitFile },
        { 6, 288, LanguageModel.FourBitFile }, { 2, 160, LanguageModel.FourBitFile },
    };

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Models))]
    public void Logits_are_those_of_onnx_runtime_for_prompts_and_steps(int heads, int width, string file)
    {
        var path = Export(heads, width, file);
        using var own = DecoderSession.Open(path, new() { Engine = DecoderEngine.Own });
        using var onnx = DecoderSession.Open(path, new() { Engine = DecoderEngine.OnnxRuntime });
        using var mine = own.CreateCache(2, 700);
        using var theirs = onnx.CreateCache(2, 700);
        foreach (var length in new[] { 1, 7, 64, 65, 130, 600 })
        {
            foreach (var cache in new[] { mine, theirs })
            {
                cache.Prefill(0, Text(0, length));
                cache.Prefill(1, Text(1, (length + 1) / 2));
            }

            AssertSimilar($"after {length} tokens");
            for (var step = 0; step < 3; step++)
            {
                mine.Step([step * 7, step + 1]);
                theirs.Step([step * 7, step + 1]);
            }

            AssertSimilar($"after {length} tokens and steps");
        }

        void AssertSimilar(string when)
        {
            for (var row = 0; row < 2; row++)
            {
                // Both round activations to 8 bits, each in its own way: a few hundredths of the spread.
                Assert.True(Distance(mine.Logits(row), theirs.Logits(row)) < 0.1, $"{when}: row {row} differs by {Distance(mine.Logits(row), theirs.Logits(row)):g3} of the spread");
            }
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void A_row_has_the_same_logits_to_the_last_bit_whatever_rows_are_beside_it(int heads, int width, string file)
    {
        using var session = DecoderSession.Open(Export(heads, width, file), new() { Engine = DecoderEngine.Own, Threads = 2 });
        using var together = session.CreateCache(11, 64);
        using var alone = session.CreateCache(1, 64);
        for (var row = 0; row < 11; row++)
        {
            together.Prefill(row, Text(row, 3 + (row * 3)));
        }

        int[][] groups = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 3, 5], [0], [2, 9, 4, 7, 1]];
        var texts = Enumerable.Range(0, 11).Select(row => Text(row, 3 + (row * 3)).ToList()).ToList();
        foreach (var rows in groups)
        {
            int[] tokens = [.. rows.Select(row => ((row * 5) + texts[row].Count) % 77)];
            together.Step(rows, tokens);
            foreach (var (row, token) in rows.Zip(tokens))
            {
                texts[row].Add(token);
            }
        }

        for (var row = 0; row < 11; row++)
        {
            var prompt = 3 + (row * 3);
            alone.Prefill(0, [.. texts[row].Take(prompt)]);
            foreach (var token in texts[row].Skip(prompt))
            {
                alone.Step([token]);
            }

            Assert.True(alone.Logits(0).SequenceEqual(together.Logits(row)), $"row {row}");
        }
    }

    [Theory]
    [InlineData(LanguageModel.QuantizedFile, DecoderEngine.Own)]
    [InlineData(LanguageModel.FourBitFile, DecoderEngine.Own)]
    [InlineData(LanguageModel.QuantizedFile, DecoderEngine.OnnxRuntime)]
    public void Several_tokens_at_once_give_the_logits_of_single_steps_and_can_be_taken_back(string file, DecoderEngine engine)
    {
        using var session = DecoderSession.Open(Export(2, 64, file), new() { Engine = engine });
        using var one = session.CreateCache(1, 64);
        using var many = session.CreateCache(2, 64);
        var vocabulary = session.Shape.Vocabulary;
        one.Prefill(0, [1, 2, 3]);
        many.Prefill(1, [1, 2, 3]);
        int[] draft = [7, 8, 9, 10, 11];
        var logits = many.Extend(1, draft).ToArray();
        for (var i = 0; i < draft.Length; i++)
        {
            one.Step([draft[i]]);
            Assert.True(one.Logits(0).SequenceEqual(logits.AsSpan(i * vocabulary, vocabulary)), $"token {i}");
        }

        many.Truncate(1, 4);
        many.Step([1], [30]);
        one.Prefill(0, [1, 2, 3]);
        one.Step([7]);
        one.Step([30]);
        Assert.True(one.Logits(0).SequenceEqual(many.Logits(1)));
        Assert.Equal(5, many.Length(1));
    }

    [Theory]
    [InlineData(DecoderEngine.Own)]
    [InlineData(DecoderEngine.OnnxRuntime)]
    public void Several_tokens_of_several_rows_give_the_logits_of_single_steps(DecoderEngine engine)
    {
        using var session = DecoderSession.Open(Export(2, 64, LanguageModel.QuantizedFile), new() { Engine = engine });
        using var one = session.CreateCache(3, 64);
        using var many = session.CreateCache(3, 64);
        var vocabulary = session.Shape.Vocabulary;
        foreach (var cache in new[] { one, many })
        {
            cache.Prefill(0, [1, 2, 3]);
            cache.Prefill(2, [4, 5]);
        }

        int[] rows = [2, 0, 0, 0];
        int[] tokens = [9, 10, 11, 12];
        var logits = many.Extend(rows, tokens).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            one.Step([rows[i]], [tokens[i]]);
            Assert.True(one.Logits(rows[i]).SequenceEqual(logits.AsSpan(i * vocabulary, vocabulary)), $"token {i}");
        }

        Assert.Equal((6, 3), (many.Length(0), many.Length(2)));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using var session = DecoderSession.Open(Export(2, 64, LanguageModel.QuantizedFile), new() { Engine = DecoderEngine.Own });
        using var cache = session.CreateCache(3, 500);
        for (var row = 0; row < 3; row++)
        {
            cache.Prefill(row, [row, 2, 3]);
        }

        int[] tokens = [4, 5, 6];
        cache.Step(tokens);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 0; step < 400; step++)
        {
            cache.Step(tokens);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Requests_on_many_threads_get_what_each_gets_alone()
    {
        using var session = DecoderSession.Open(Export(2, 64, LanguageModel.QuantizedFile), new() { Engine = DecoderEngine.Own, Threads = 2, Spinning = true });
        var expected = Enumerable.Range(0, 6).Select(Generate).ToList();
        var actual = await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() => Generate(seed), TestContext.Current.CancellationToken)));
        Assert.Equal(expected, actual);

        string Generate(int seed)
        {
            using var cache = session.CreateCache(1, 100);
            cache.Prefill(0, Text(seed, 30 + seed));
            List<int> tokens = [];
            for (var i = 0; i < 40; i++)
            {
                tokens.Add(TensorPrimitives.IndexOfMax<float>(cache.Logits(0)));
                cache.Step([tokens[^1]]);
            }

            return string.Join(' ', tokens);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(77)]
    public void A_token_that_the_vocabulary_does_not_have_is_refused(int token)
    {
        using var session = DecoderSession.Open(Export(2, 32, LanguageModel.QuantizedFile), new() { Engine = DecoderEngine.Own });
        using var cache = session.CreateCache(1, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Prefill(0, [token]));
    }

    [Fact]
    public void A_file_with_damaged_bytes_fails_cleanly_or_loads()
    {
        var path = Export(2, 32, LanguageModel.FourBitFile);
        var bytes = File.ReadAllBytes(path);
        var random = new Random(7);
        for (var trial = 0; trial < 300; trial++)
        {
            var damaged = trial % 3 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            for (var i = 0; i < 3 && damaged.Length > 0; i++)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(path, damaged);
            try
            {
                using var session = DecoderSession.Open(path, new() { Engine = DecoderEngine.Own });
                using var cache = session.CreateCache(1, 2);
                cache.Prefill(0, [1]);
            }
            catch (ModelException failure)
            {
                Assert.Contains("_q4.onnx", failure.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_32_bit_file_and_odd_widths_take_onnx_runtime()
    {
        using var exact = DecoderSession.Open(Export(2, 32, LanguageModel.Float32File));
        Assert.Equal(DecoderEngine.OnnxRuntime, exact.Engine);
        Assert.Throws<ModelException>(() => DecoderSession.Open(exact.Path, new() { Engine = DecoderEngine.Own }));
    }

    private static int[] Text(int seed, int length) => [.. Enumerable.Range(0, length).Select(i => ((seed * 13) + (i * 31) + (i * i % 7)) % 77)];

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (difference, spread) = (0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            difference += Math.Pow(a[i] - b[i], 2);
            spread += Math.Pow(b[i], 2);
        }

        return Math.Sqrt(difference / spread);
    }

    private string Export(int heads, int width, string file)
    {
        var shape = new ModelShape(2, heads, width, 700, 77);
        using var parameters = Gpt2Initializer.Random(shape, 3);
        foreach (var parameter in parameters.Where(parameter => parameter.IsMatrix))
        {
            // As they come, random weights give nearly equal scores to all tokens.
            TensorPrimitives.Multiply(parameter.Values, 2, parameter.Values);
        }

        Gpt2Folder.Save(_folder.FullName, shape, parameters);
        ModelExporter.Export(_folder.FullName, new ExportOptions { QuantizeTo4Bits = file == LanguageModel.FourBitFile, GreedyTokens = 4 }, null, TestContext.Current.CancellationToken);
        return Path.Combine(_folder.FullName, file);
    }
}
