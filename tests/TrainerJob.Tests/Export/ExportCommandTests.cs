using System.CommandLine;
using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Tests.Export;

public sealed class ExportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Standard_output_carries_the_report_alone()
    {
        Save();
        var (code, output, error) = Run("--model", _folder.FullName, "--json");

        Assert.Equal(0, code);
        using var report = JsonDocument.Parse(output);
        Assert.Equal(LanguageModel.Float32File, report.RootElement.GetProperty("servingFile").GetString());
        Assert.Contains("Passed: greedy tokens", error, StringComparison.Ordinal);
        Assert.Contains("Passed: logits of model.onnx in a batch padded on the left", error, StringComparison.Ordinal);
        Assert.Contains("Passed: logits of a batch padded on the left", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_json_standard_output_is_the_serving_file()
    {
        Save();
        Assert.Equal(LanguageModel.Float32File, Run("--model", _folder.FullName, "--no-quantize").Output.Trim());
        Assert.False(File.Exists(_folder.Sub("onnx", "decoder_quantized.onnx")));
    }

    [Fact]
    public void Four_bits_are_written_when_asked_for()
    {
        Save();
        Assert.Equal(0, Run("--model", _folder.FullName, "--q4").Code);
        Assert.True(File.Exists(_folder.Sub("onnx", "model_q4.onnx_data")));
    }

    [Theory]
    [InlineData("{\"text\":1}")]
    [InlineData("[]")]
    [InlineData("{\"text\"")]
    public void A_bad_line_of_held_out_texts_is_named(string line)
    {
        Save();
        File.WriteAllText(_folder.Sub("validation.jsonl"), "{\"text\":\"good\"}\n" + line + "\n");
        var failure = Assert.Throws<ModelException>(() => Run("--model", _folder.FullName, "--held-out", _folder.Sub("validation.jsonl")));
        Assert.Contains("validation.jsonl, line 2", failure.Message, StringComparison.Ordinal);
    }

    private void Save()
    {
        var shape = new ModelShape(1, 2, 16, 32, 50);
        using var parameters = Gpt2Initializer.Random(shape, 1);
        Gpt2Folder.Save(_folder.FullName, shape, parameters);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = new RootCommand { ExportCommand.Create() }.Parse(["export", .. arguments])
            .Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return (code, output.ToString(), error.ToString());
    }
}
