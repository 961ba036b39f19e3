using Pipeline.Generation;
using Pipeline.Generation.Lstm;
using Pipeline.Testing;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Lstm;

namespace Pipeline.TrainerJob.Tests.Lstm;

/// <summary>The serving file of the reference's models.</summary>
public sealed class LstmExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Greedy_text_and_logits_are_the_references(int layers)
    {
        using var reference = Export(layers);
        using var session = Open();
        using var cache = session.CreateCache(1, 36);
        cache.Prefill(0, [.. reference.Indices("prompt").Select(id => (int)id)]);
        List<int> text = [];
        for (var i = 0; i < 30; i++)
        {
            text.Add(System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(cache.Logits(0)));
            cache.Step([text[^1]]);
        }

        Assert.Equal(reference.Indices("greedy"), text.Select(id => (long)id));
        int[] ids = [.. reference.Indices("input_ids")[..20].Select(id => (int)id)];
        cache.Prefill(0, ids.AsSpan(0, 1));
        var logits = cache.Extend(0, ids.AsSpan(1));
        Close.Check("logits", reference.Numbers("zero_state.logits").AsSpan(LstmReference.Vocabulary, 19 * LstmReference.Vocabulary), logits, 1e-5);
    }

    [Fact]
    public void A_text_that_was_cut_back_or_copied_goes_on_as_if_it_had_never_been_longer()
    {
        using var reference = Export(2);
        using var session = Open();
        using var cache = session.CreateCache(3, 24);
        using var alone = session.CreateCache(1, 24);
        int[] ids = [.. reference.Indices("input_ids")[..20].Select(id => (int)id)];
        // Stale states of another text must not be taken for this one's.
        cache.Prefill(0, [7]);
        cache.Step([8]);
        cache.Step([9]);
        cache.Prefill(0, ids);
        cache.Truncate(0, 2);
        cache.CopyRow(0, 2);
        cache.Prefill(1, ids.AsSpan(0, 5));
        cache.Step([0, 2], [ids[4], ids[6]]);
        alone.Prefill(0, [ids[0], ids[1], ids[4]]);
        Close.Check("cut back", alone.Logits(0), cache.Logits(0), 1e-5);
        alone.Prefill(0, [ids[0], ids[1], ids[6]]);
        Close.Check("copied", alone.Logits(0), cache.Logits(2), 1e-5);
        alone.Prefill(0, ids.AsSpan(0, 5));
        Close.Check("beside", alone.Logits(0), cache.Logits(1), 1e-5);
    }

    [Fact]
    public void Weights_that_lack_a_tensor_of_the_description_are_refused_by_name()
    {
        using (Export(1))
        {
        }

        File.WriteAllBytes(_folder.Sub("config.json"), new LstmConfig(new LstmShape(2, 16, 32, LstmReference.Vocabulary), 64).ToJson(0));
        var refused = Assert.Throws<TrainerJob.Models.ModelFolderException>(() => LstmFolder.Load(_folder.FullName));
        Assert.Contains("lstm.weight_ih_l1", refused.Message, StringComparison.Ordinal);
    }

    private DecoderSession Open() => DecoderSession.Open(_folder.Sub("onnx", "decoder.onnx"));

    private LstmReference Export(int layers)
    {
        var reference = new LstmReference(layers, rows: 1);
        LstmFolder.Save(_folder.FullName, new LstmConfig(reference.Shape, 64), reference.Engine.Parameters, endOfText: 0);
        var report = ModelExporter.Export(_folder.FullName, new ExportOptions { GreedyTokens = 30 }, progress: null, TestContext.Current.CancellationToken);
        Assert.All(report.Checks, check => Assert.Equal(CheckOutcome.Passed, check.Outcome));
        Assert.NotEmpty(report.Checks);
        return reference;
    }
}
