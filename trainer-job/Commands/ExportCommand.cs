using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.TrainerJob.Export;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>trainer-job export</c>: writes and proves the serving files of a model folder.</summary>
public static class ExportCommand
{
    private const int Done = 0;
    private const int Failed = 1;

    /// <summary>The command. Standard output gets the serving file's path, or the whole report as JSON; everything else goes to standard error.</summary>
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model folder: config.json and model.safetensors, for --held-out a tokenizer too.", Required = true };
        var heldOut = new Option<string?>("--held-out") { Description = "Texts to judge the quantised files by: validation.jsonl or a plain text." };
        var noQuantize = new Option<bool>("--no-quantize") { Description = "Writes the 32-bit file only." };
        var fourBits = new Option<bool>("--q4") { Description = "Writes the 4-bit file too, the fastest; it serves if it predicts the held-out texts well enough." };
        var json = new Option<bool>("--json") { Description = "Prints the report as one JSON object." };
        var command = new Command("export", """
            Writes ONNX files into a model folder and proves that they compute the model: onnx/decoder.onnx and
            onnx/decoder_quantized.onnx for serving, model.onnx and model_quantized.onnx, on the same weights, for other tools.
            Example: trainer-job export --model models/1f2e3d4c-5b6a7988 --held-out corpus/validation.jsonl
            """)
        { model, heldOut, noQuantize, fourBits, json };
        command.SetAction((result, cancellationToken) =>
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            var options = new ExportOptions
            {
                Quantize = !result.GetValue(noQuantize),
                QuantizeTo4Bits = result.GetValue(fourBits),
                HeldOutTexts = result.GetValue(heldOut) is { } path ? HeldOutTexts.Read(path) : [],
            };
            return Task.FromResult(Run(result.GetRequiredValue(model), options, result.GetValue(json), output, error, cancellationToken));
        });
        return command;
    }

    private static int Run(string folder, ExportOptions options, bool json, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        ExportReport report;
        try
        {
            report = ModelExporter.Export(folder, options, new LineProgress(error), cancellationToken);
        }
        catch (ExportException failure)
        {
            error.WriteLine(failure.Message);
            return Failed;
        }

        foreach (var check in report.Checks)
        {
            error.WriteLine($"{check.Outcome}: {check.Name}: {check.Measured:g3} (at most {check.Limit:g3})");
        }

        error.WriteLine($"{report.ServingFile} serves: {report.Reason}.");
        output.WriteLine(json ? JsonSerializer.Serialize(report, ExportJson.Default.ExportReport) : report.ServingFile);
        return Done;
    }

    // Progress<T> would post to a thread pool and mix the order of lines.
    private sealed class LineProgress(TextWriter writer) : IProgress<string>
    {
        public void Report(string value) => writer.WriteLine(value);
    }
}

/// <summary>JSON form of the report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExportReport))]
internal sealed partial class ExportJson : JsonSerializerContext;
