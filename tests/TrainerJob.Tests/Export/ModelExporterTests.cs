using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Export;

public sealed class ModelExporterTests : IDisposable
{
    // The README of the reference data: absolute, for logits of a float32 engine.
    private const double Tolerance = 5e-5;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> References => ["gpt2-tiny-a", "gpt2-tiny-b"];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(References))]
    public void The_32_bit_file_gives_the_reference_logits_at_every_position(string name)
    {
        using var session = DecoderSession.Open(ExportReference(name));
        using var reference = Reference(name);
        var ids = reference.ReadIndices("batches");
        var expected = reference.ReadNumbers("logits");
        var vocabulary = session.Shape.Vocabulary;
        using var cache = session.CreateCache(1, 32);
        for (var row = 0; row < 4; row++)
        {
            for (var t = 0; t < 32; t++)
            {
                cache.Prefill(0, [.. ids.AsSpan(row * 32, t + 1).ToArray().Select(id => (int)id)]);
                AssertClose(expected.AsSpan(((row * 32) + t) * vocabulary, vocabulary), cache.Logits(0), Tolerance, $"row {row}, position {t}");
            }
        }
    }

    [Theory, MemberData(nameof(References))]
    public void Prompt_and_steps_in_a_batch_give_the_reference_logits(string name)
    {
        using var session = DecoderSession.Open(ExportReference(name));
        using var reference = Reference(name);
        var ids = reference.ReadIndices("batches");
        var expected = reference.ReadNumbers("logits");
        var vocabulary = session.Shape.Vocabulary;
        using var cache = session.CreateCache(4, 64);
        int[] starts = [1, 5, 9, 2];
        for (var row = 0; row < 4; row++)
        {
            cache.Prefill(row, [.. ids.AsSpan(row * 32, starts[row]).ToArray().Select(id => (int)id)]);
        }

        for (var step = 0; step < 23; step++)
        {
            cache.Step([.. starts.Select((start, row) => (int)ids[(row * 32) + start + step])]);
            for (var row = 0; row < 4; row++)
            {
                var at = (row * 32) + starts[row] + step;
                AssertClose(expected.AsSpan(at * vocabulary, vocabulary), cache.Logits(row), Tolerance, $"row {row}, step {step}");
            }
        }
    }

    [Theory, MemberData(nameof(References))]
    public void Greedy_continuations_are_the_reference_s(string name)
    {
        using var session = DecoderSession.Open(ExportReference(name));
        using var reference = Reference(name);
        using var cache = session.CreateCache(1, 64);
        for (var n = 0; n < 3; n++)
        {
            cache.Prefill(0, [.. reference.ReadIndices($"prompt.{n}").Select(id => (int)id)]);
            foreach (var token in reference.ReadIndices($"greedy.{n}"))
            {
                var logits = cache.Logits(0).ToArray();
                Assert.Equal(token, Array.IndexOf(logits, logits.Max()));
                cache.Step([(int)token]);
            }
        }
    }

    [Theory]
    [InlineData(4, 32)]
    [InlineData(3, 48)]
    [InlineData(3, 36)]
    [InlineData(2, 20)]
    [InlineData(1, 8)]
    public void All_files_compute_widths_that_fit_no_block_and_heads_that_fit_no_register(int heads, int width)
    {
        var shape = new ModelShape(2, heads, width, 32, 77);
        using var parameters = Gpt2Initializer.Random(shape, 3);
        Magnify(parameters);
        Gpt2Folder.Save(_folder.FullName, shape, parameters);
        ModelExporter.Export(_folder.FullName, new ExportOptions { QuantizeTo4Bits = true }, null, TestContext.Current.CancellationToken);
        int[] text = [.. Enumerable.Range(0, 20).Select(i => i * 31 % 77)];
        var expected = new PlainForward(shape, parameters).Logits(text).AsSpan(^77..);
        var spread = Math.Sqrt(expected.ToArray().Select(x => x * (double)x).Average());

        AssertClose(expected, Last(LanguageModel.Float32File, text), 1e-4, "32 bits");
        AssertClose(expected, Last(LanguageModel.QuantizedFile, text), 0.25 * spread, "8 bits");
        AssertClose(expected, Last(LanguageModel.FourBitFile, text), 2.5 * spread, "4 bits");
    }

    [Fact]
    public void The_report_names_what_was_measured_and_every_file()
    {
        SaveRandom();
        var report = ModelExporter.Export(_folder.FullName, new ExportOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal(LanguageModel.Float32File, report.ServingFile);
        Assert.Contains("held-out", report.Reason, StringComparison.Ordinal);
        Assert.Equal(8, report.Checks.Count);
        Assert.All(report.Checks, check => Assert.Equal(CheckOutcome.Passed, check.Outcome));
        Assert.Contains(report.Checks, check => check.Name.Contains("padded on the left", StringComparison.Ordinal));
        Assert.Equal(
            [
                "onnx/decoder.onnx", "onnx/decoder_quantized.onnx", "onnx/model.onnx", "onnx/model.onnx_data", "onnx/model_quantized.onnx", "onnx/model_quantized.onnx_data",
            ],
            report.Files.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_table_of_the_8_bit_file_is_stored_once()
    {
        var shape = new ModelShape(1, 2, 32, 16, 4000);
        using var parameters = Gpt2Initializer.Random(shape, 1);
        Gpt2Folder.Save(_folder.FullName, shape, parameters);
        var report = ModelExporter.Export(_folder.FullName, new ExportOptions(), null, TestContext.Current.CancellationToken);

        // One byte and an eighth a weight, one page of alignment a tensor; a second copy would add 128,000 bytes.
        const long table = 4000 * 32;
        Assert.InRange(report.Files["onnx/model_quantized.onnx_data"], table, table + (table / 8) + (30 * 4096) + 20_000);
    }

    [Fact]
    public void A_second_export_replaces_the_first_and_leaves_nothing_else()
    {
        SaveRandom();
        ModelExporter.Export(_folder.FullName, new ExportOptions(), null, TestContext.Current.CancellationToken);
        ModelExporter.Export(_folder.FullName, new ExportOptions { Quantize = false }, null, TestContext.Current.CancellationToken);

        Assert.Equal(["decoder.onnx", "model.onnx", "model.onnx_data"], Directory.GetFiles(_folder.Sub("onnx")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["onnx"], Directory.GetDirectories(_folder.FullName).Select(Path.GetFileName));
    }

    [Fact]
    public void An_interrupted_export_leaves_the_folder_as_it_was()
    {
        SaveRandom();
        var before = Directory.GetFileSystemEntries(_folder.FullName).Order(StringComparer.Ordinal).ToList();
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => ModelExporter.Export(_folder.FullName, new ExportOptions(), null, stop.Token));
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.FullName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Both_files_say_what_they_are_and_what_they_were_made_from()
    {
        SaveRandom();
        ModelExporter.Export(_folder.FullName, new ExportOptions { Metadata = new Dictionary<string, string> { ["corpus"] = "0123456789abcdef" } }, null, TestContext.Current.CancellationToken);

        using var exact = DecoderSession.Open(_folder.Sub("onnx", "decoder.onnx"));
        using var quantized = DecoderSession.Open(_folder.Sub("onnx", "decoder_quantized.onnx"));
        Assert.Equal(("none", "int8"), (exact.Metadata.Quantization, quantized.Metadata.Quantization));
        Assert.Equal(new ModelShape(2, 2, 16, 32, 50), exact.Metadata.Shape);
        Assert.Contains("0123456789abcdef", File.ReadAllText(_folder.Sub("onnx", "decoder.onnx")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_perplexities_are_those_of_the_model_and_a_small_rise_lets_8_bits_serve()
    {
        var (shape, parameters) = SaveWithTokenizer();
        using var owned = parameters;
        string[] texts = ["The cat sleeps on the warm bread.", "A bicycle in the garden, and rain.", "Why?"];
        var report = ModelExporter.Export(_folder.FullName, new ExportOptions { HeldOutTexts = texts, MaximumPerplexityRise = 0.5 }, null, TestContext.Current.CancellationToken);

        var tokenizer = BpeTokenizer.Load(_folder.FullName);
        var plain = new PlainForward(shape, parameters);
        var (sum, count) = (0.0, 0);
        foreach (var text in texts)
        {
            int[] tokens = [tokenizer.EndOfTextId, .. tokenizer.Encode(text), tokenizer.EndOfTextId];
            tokens = tokens[..Math.Min(tokens.Length, shape.Context)];
            var logits = plain.Logits(tokens);
            for (var t = 1; t < tokens.Length; t++)
            {
                var row = logits.AsSpan((t - 1) * shape.Vocabulary, shape.Vocabulary).ToArray();
                sum += Math.Log(row.Sum(x => Math.Exp(x))) - row[tokens[t]];
                count++;
            }
        }

        Assert.Equal(count, report.HeldOutTokens);
        Assert.Equal(Math.Exp(sum / count), report.Perplexity!.Value, Math.Exp(sum / count) * 1e-4);
        Assert.InRange(report.QuantizedPerplexity!.Value / report.Perplexity.Value, 0.8, 1.2);
        Assert.Equal(LanguageModel.QuantizedFile, report.ServingFile);
    }

    [Fact]
    public void An_8_bit_file_that_predicts_worse_is_not_kept()
    {
        SaveWithTokenizer().Parameters.Dispose();
        var options = new ExportOptions { HeldOutTexts = ["The cat sleeps."], MaximumPerplexityRise = -0.9 };
        var report = ModelExporter.Export(_folder.FullName, options, null, TestContext.Current.CancellationToken);

        Assert.Equal(LanguageModel.Float32File, report.ServingFile);
        Assert.Contains("perplexity", report.Reason, StringComparison.Ordinal);
        Assert.Equal(["onnx/decoder.onnx", "onnx/model.onnx", "onnx/model.onnx_data"], report.Files.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Four_bits_serve_if_their_perplexity_rises_little_and_are_gone_if_it_does_not()
    {
        SaveWithTokenizer().Parameters.Dispose();
        var options = new ExportOptions { HeldOutTexts = ["The cat sleeps on the warm bread.", "A bicycle, and rain."], QuantizeTo4Bits = true, MaximumPerplexityRiseOf4Bits = 5 };
        var report = ModelExporter.Export(_folder.FullName, options, null, TestContext.Current.CancellationToken);
        Assert.Equal(LanguageModel.FourBitFile, report.ServingFile);
        Assert.InRange(report.FourBitPerplexity!.Value / report.Perplexity!.Value, 0.5, 6);

        report = ModelExporter.Export(_folder.FullName, options with { MaximumPerplexityRiseOf4Bits = -0.9, MaximumPerplexityRise = 5 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(LanguageModel.QuantizedFile, report.ServingFile);
        Assert.DoesNotContain("onnx/model_q4.onnx", report.Files.Keys);
        Assert.Contains("4 bits would change the perplexity", report.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Matrices_stay_at_8_bits_when_4_cost_too_much_and_the_weights_are_put_back()
    {
        var (shape, parameters) = SaveWithTokenizer();
        using var owned = parameters;
        using var engine = new TrainingEngine(shape, parameters, new());
        var before = parameters.Select(parameter => parameter.Values.ToArray()).ToList();
        var sensitivity = new MatrixSensitivity(engine, parameters, shape, TestContext.Current.CancellationToken);
        int[][] texts = [[1, 5, 9, 70, 3, 2, 8, 40], [4, 4, 17]];

        Assert.NotEmpty(sensitivity.InEightBits(texts, 0));
        Assert.Empty(sensitivity.InEightBits(texts, 1000));
        Assert.All(parameters.Zip(before), pair => Assert.Equal(pair.Second, pair.First.Values.ToArray()));
    }

    [Fact]
    public void Weights_and_description_that_do_not_fit_are_told()
    {
        SaveRandom();
        File.Delete(_folder.Sub("model.safetensors"));
        Assert.Throws<ModelFolderException>(() => ModelExporter.Export(_folder.FullName, new ExportOptions(), null, TestContext.Current.CancellationToken));
        File.Delete(_folder.Sub("config.json"));
        Assert.Throws<ModelException>(() => ModelExporter.Export(_folder.FullName, new ExportOptions(), null, TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(_folder.Sub("onnx.partial")));
    }

    [Fact]
    public void The_proof_tells_a_graph_that_computes_another_model()
    {
        SaveRandom();
        ModelExporter.Export(_folder.FullName, new ExportOptions { Quantize = false }, null, TestContext.Current.CancellationToken);
        using var session = DecoderSession.Open(_folder.Sub("onnx", "decoder.onnx"));
        using var other = Gpt2Initializer.Random(session.Shape, 2);
        var plain = new PlainForward(session.Shape, other);
        using var portable = new PortableProof(_folder.Sub("onnx", "model.onnx"), session.Shape);
        var checks = new ExportProof(session, portable, text => plain.Logits(text), TestContext.Current.CancellationToken).Run([1, 2, 3], 8);

        Assert.Equal(CheckOutcome.Failed, checks[0].Outcome);
        Assert.Equal(CheckOutcome.Passed, checks[1].Outcome);
    }

    private (ModelShape Shape, ParameterSet Parameters) SaveWithTokenizer()
    {
        var tokenizer = BpeTrainer.Train(["The cat sleeps on the bread. A bicycle in the rain."], 280, TestContext.Current.CancellationToken, null);
        var shape = new ModelShape(2, 2, 32, 24, tokenizer.VocabularySize);
        var parameters = Gpt2Initializer.Random(shape, 5);
        Magnify(parameters);
        Gpt2Folder.Save(_folder.FullName, shape, parameters);
        tokenizer.Save(_folder.FullName);
        return (shape, parameters);
    }

    private static SafetensorsFile Reference(string name) => SafetensorsFile.Open(ProjectFolders.Shared("reference", name, "reference.safetensors"));

    private string ExportReference(string name)
    {
        foreach (var file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(ProjectFolders.Shared("reference", name, file), _folder.Sub(file));
        }

        ModelExporter.Export(_folder.FullName, new ExportOptions { Quantize = false }, null, TestContext.Current.CancellationToken);
        return _folder.Sub("onnx", "decoder.onnx");
    }

    private void SaveRandom()
    {
        var shape = new ModelShape(2, 2, 16, 32, 50);
        using var parameters = Gpt2Initializer.Random(shape, 1);
        Gpt2Folder.Save(_folder.FullName, shape, parameters);
    }

    // As they come, random weights are so small that almost nothing reaches the logits.
    private static void Magnify(ParameterSet parameters)
    {
        foreach (var parameter in parameters.Where(parameter => parameter.IsMatrix))
        {
            System.Numerics.Tensors.TensorPrimitives.Multiply(parameter.Values, 6, parameter.Values);
        }
    }

    private float[] Last(string file, int[] text)
    {
        using var session = DecoderSession.Open(Path.Combine(_folder.FullName, file));
        using var cache = session.CreateCache(1, text.Length);
        cache.Prefill(0, text.AsSpan(0, 5));
        foreach (var token in text[5..])
        {
            cache.Step([token]);
        }

        return cache.Logits(0).ToArray();
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{what}, logit {i}: expected {expected[i]}, got {actual[i]}, tolerance {tolerance}");
        }
    }
}
