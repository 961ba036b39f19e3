using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Generation.Logits;
using Pipeline.Testing;
using Pipeline.TrainerJob.Ctrl;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Ctrl;

/// <summary>CTRL against float64 values; the tolerances are those stated beside the values.</summary>
public sealed class CtrlReferenceTests : IDisposable
{
    private const double LogitTolerance = 5e-5, TableTolerance = 1e-5;
    private const int Vocabulary = 96;

    private readonly TemporaryFolder _folder = new();
    private readonly string _source = ProjectFolders.Shared("reference", "ctrl-tiny");
    private readonly SafetensorsFile _values = SafetensorsFile.Open(Path.Combine(ProjectFolders.Shared("reference", "ctrl-tiny"), "reference.safetensors"));

    public void Dispose()
    {
        _values.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_table_of_positions_is_the_references() =>
        Close.Check("positions", _values.ReadNumbers("position_encoding"), CtrlConfig.PositionTable(64, 32), TableTolerance);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Logits_of_the_training_graph_are_the_references(int prompt)
    {
        var (shape, parameters) = CtrlFolder.Load(_source);
        using (parameters)
        using (var engine = new TrainingEngine(shape, parameters, new() { Lora = new LoraSettings(Rank: 0) }))
        {
            var ids = _values.ReadIndices($"prompt.{prompt}");
            var batch = new TrainingBatch(1, ids.Length);
            ids.CopyTo(batch.InputIds, 0);
            for (var t = 0; t < ids.Length; t++)
            {
                batch.PositionIds[t] = t;
            }

            Close.Check("logits", _values.ReadNumbers($"logits.{prompt}"), engine.Logits(batch), LogitTolerance);
        }
    }

    [Fact]
    public void Adapters_learn_and_their_gradients_are_those_of_differences()
    {
        var (shape, parameters) = CtrlFolder.Load(_source);
        using (parameters)
        using (var engine = new TrainingEngine(shape, parameters, new() { Lora = new LoraSettings(Rank: 2), Seed = 3 }))
        {
            var batch = new TrainingBatch(2, 12);
            var random = new Random(1);
            for (var i = 0; i < batch.InputIds.Length; i++)
            {
                (batch.InputIds[i], batch.Labels[i], batch.PositionIds[i]) = (random.Next(Vocabulary), random.Next(Vocabulary), i % 12);
            }

            // B is zero at first, and then A has no gradient: one step makes both matter.
            engine.Accumulate(batch, 1.0 / batch.Labels.Length);
            engine.Update(new AdamWOptions(), 1, 0.05, clipNorm: 1);
            engine.Accumulate(batch, 1);
            var gradients = engine.Gradients.Select(gradient => gradient.Values.ToArray()).ToList();
            engine.DiscardGradients();
            // Small enough that few units cross the bend of their ReLU.
            const float step = 1e-3f;
            for (var number = 0; number < engine.Trainable.Count; number++)
            {
                var values = engine.Trainable[number].Values;
                var at = random.Next(values.Length);
                var original = values[at];
                values[at] = original + step;
                var above = engine.Evaluate(batch).SummedLoss;
                values[at] = original - step;
                var below = engine.Evaluate(batch).SummedLoss;
                values[at] = original;
                Assert.Equal((above - below) / (2 * step), gradients[number][at], 0.03 * Math.Max(1, Math.Abs(gradients[number][at])));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Greedy_texts_of_the_serving_file_are_the_references_plain_and_penalised_both_ways(int prompt)
    {
        Export(quantize: false);
        using var session = DecoderSession.Open(_folder.Sub("onnx", "decoder.onnx"));
        foreach (var (name, penalty) in new (string, ILogitsProcessor?)[]
        {
            ("greedy_plain", null), ("greedy_penalized", Penalty(PenaltyConvention.Ctrl)), ("greedy_penalized_signed", Penalty(PenaltyConvention.BySign)),
        })
        {
            List<int> text = [.. _values.ReadIndices($"prompt.{prompt}").Select(id => (int)id)];
            var start = text.Count;
            using var cache = session.CreateCache(1, 64);
            cache.Prefill(0, [.. text]);
            while (text.Count < start + 30)
            {
                var logits = cache.Logits(0).ToArray();
                penalty?.Apply(new([.. text], start), logits);
                text.Add(System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(logits));
                cache.Step([text[^1]]);
            }

            Assert.Equal(_values.ReadIndices($"{name}.{prompt}"), text.Skip(start).Select(id => (long)id));
        }
    }

    [Fact]
    public void One_step_of_the_penalty_is_the_references_in_both_conventions()
    {
        int[] text = [.. _values.ReadIndices("penalty.ids").Select(id => (int)id)];
        foreach (var (name, convention) in new[] { ("penalty.expected", PenaltyConvention.Ctrl), ("penalty.expected_signed", PenaltyConvention.BySign) })
        {
            var logits = _values.ReadNumbers("penalty.logits");
            Penalty(convention).Apply(new(text, text.Length), logits);
            Close.Check(name, _values.ReadNumbers(name), logits, 1e-5);
        }
    }

    [Theory]
    [InlineData("decoder_quantized.onnx", DecoderEngine.Own)]
    [InlineData("decoder_quantized.onnx", DecoderEngine.OnnxRuntime)]
    [InlineData("decoder_q4.onnx", DecoderEngine.Own)]
    [InlineData("decoder_q4.onnx", DecoderEngine.OnnxRuntime)]
    public void Quantised_files_stay_near_the_exact_one_on_both_engines(string file, DecoderEngine engine)
    {
        Export(quantize: true);
        using var exact = DecoderSession.Open(_folder.Sub("onnx", "decoder.onnx"));
        using var session = DecoderSession.Open(_folder.Sub("onnx", file), new() { Engine = engine });
        using var expected = exact.CreateCache(1, 16);
        using var cache = session.CreateCache(1, 16);
        int[] text = [.. _values.ReadIndices("prompt.1").Select(id => (int)id)];
        expected.Prefill(0, text);
        cache.Prefill(0, text);
        var (logits, spread) = (expected.Logits(0).ToArray(), Deviation(expected.Logits(0).ToArray()));
        var error = Deviation([.. cache.Logits(0).ToArray().Zip(logits, (a, b) => a - b)]);
        Assert.True(error < spread * (file.Contains("q4", StringComparison.Ordinal) ? 0.5 : 0.1), $"{error} of {spread}");
    }

    [Fact]
    public void A_model_comes_back_from_its_folder_as_it_went_in()
    {
        var (shape, parameters) = CtrlFolder.Load(_source);
        using (parameters)
        {
            CtrlFolder.Save(_folder.FullName, shape, parameters);
        }

        using var before = SafetensorsFile.Open(Path.Combine(_source, "model.safetensors"));
        using var after = SafetensorsFile.Open(_folder.Sub("model.safetensors"));
        Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
        Assert.All(before.Tensors.Keys, name => Assert.Equal(before.ReadNumbers(name), after.ReadNumbers(name)));
        Assert.Equal(shape, CtrlConfig.Read(_folder.FullName).Shape);
    }

    [Fact]
    public void Every_missing_tensor_is_named()
    {
        File.Copy(Path.Combine(_source, "model.safetensors"), _folder.Sub("model.safetensors"));
        File.WriteAllBytes(_folder.Sub("config.json"), CtrlConfig.Of(CtrlConfig.Read(_source).Shape with { Layers = 3 }).ToJson());
        var refused = Assert.Throws<ModelFolderException>(() => CtrlFolder.Load(_folder.FullName));
        Assert.Contains("transformer.h.2.multi_head_attention.Wq.weight", refused.Message, StringComparison.Ordinal);
        Assert.Contains("transformer.h.2.ffn.0.bias", refused.Message, StringComparison.Ordinal);
    }

    private static ILogitsProcessor Penalty(PenaltyConvention convention) =>
        Sampler.Rules(new() { RepetitionPenalty = 1.2f, PenaltyConvention = convention }, endOfText: 0, _ => []).Single();

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(value => (double)value * value));

    private void Export(bool quantize)
    {
        foreach (var file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(Path.Combine(_source, file), _folder.Sub(file));
        }

        var report = ModelExporter.Export(_folder.FullName, new ExportOptions { Quantize = quantize, QuantizeTo4Bits = quantize, GreedyTokens = 20 }, progress: null, TestContext.Current.CancellationToken);
        Assert.NotEmpty(report.Checks);
    }
}
