using System.Text;
using System.Text.Json;
using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Privacy;
using Pipeline.Runs;
using Pipeline.Storage;
using Pipeline.Tracing;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Training;

/// <summary>Puts the model folder together from a trained model and publishes it.</summary>
internal sealed class ModelFinish(TrainSettings settings, ModelDestination destination, RunView view, TimeProvider clock)
{
    private const string LogFile = "train.log";
    private const string ChartFile = "loss.svg";
    private const string MetricsFile = "metrics.json";
    private const string SamplesFile = "samples.md";

    /// <summary>Writes, exports and publishes.</summary>
    /// <returns>Where the model is, for people.</returns>
    public async Task<string> RunAsync(RunFolder run, ModelInHand model, RunState state, CancellationToken cancellationToken)
    {
        using var span = Spans.Begin("train: finish");
        // What an interrupted finish left is of no use: everything in it is made again.
        if (Directory.Exists(run.Model))
        {
            Directory.Delete(run.Model, recursive: true);
        }

        Directory.CreateDirectory(run.Model);
        ModelFamily.Of(model.Preset).Save(run.Model, model);
        model.Tokenizer.Save(run.Model);
        await AtomicFile.WriteAsync(Path.Combine(run.Model, ControlCodeList.FileName), ModelFamily.Of(model.Preset).Codes(model).ToJson(), cancellationToken);
        if (File.Exists(run.Log))
        {
            File.Copy(run.Log, Path.Combine(run.Model, LogFile));
            view.Chart(await RunRecorder.DrawAsync(run, cancellationToken));
            File.Copy(run.Chart, Path.Combine(run.Model, ChartFile));
        }

        var export = ModelExporter.Export(
            run.Model, new ExportOptions { HeldOutTexts = model.Corpus.Validation, QuantizeTo4Bits = settings.FourBits }, new Lines(view), cancellationToken);
        view.Say($"{export.ServingFile} serves: {export.Reason}.");
        await AtomicFile.WriteAsync(Path.Combine(run.Model, MetricsFile), ModelMetricsFile.Of(state, export), cancellationToken);
        var samples = await SampleSheet.WriteAsync(run.Model, export.ServingFile, model.Corpus, state.Version, model.Index, cancellationToken);
        if (File.Exists(run.Samples))
        {
            samples += $"\n# While it was trained\n\n{await File.ReadAllTextAsync(run.Samples, cancellationToken)}";
        }

        await AtomicFile.WriteAsync(Path.Combine(run.Model, SamplesFile), Encoding.UTF8.GetBytes(samples), cancellationToken);

        var (golden, privacy) = await ProveAsync(run, model, export.ServingFile, cancellationToken);
        var place = await destination.PublishAsync(
            run.Model,
            new TrainedModel(state, settings.Seed, model.Shape, model.Tokenizer.Fingerprint, SettingsOf(model.Preset), model.BaseModel, export, golden, privacy),
            cancellationToken);
        Directory.Delete(run.Model, recursive: true);
        return place;
    }

    private async Task<(GoldenLogits Golden, ExtractionReport Privacy)> ProveAsync(RunFolder run, ModelInHand model, string servingFile, CancellationToken cancellationToken)
    {
        using var serving = LanguageModel.Load(run.Model, servingFile);
        var open = settings.PublicAddresses.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var report = await new ExtractionAttack(serving, clock).RunAsync(model.Corpus.Train, model.Corpus.Canaries, open, ExtractionAttack.Usual, cancellationToken);
        view.Say(FormattableString.Invariant(
            $"Privacy: {report.Attacks} attacks on {report.Emails} e-mail addresses, {report.Keys} keys and {report.Canaries} canaries drew out {report.DrawnOut.Count} ({report.Seconds:0.0} s)."));
        if (report.Fault is { } fault)
        {
            view.Warn($"The model must not serve. {fault}");
        }

        await AtomicFile.WriteAsync(Path.Combine(run.Model, ExtractionReport.FileName), report.ToJson(), cancellationToken);
        return (GoldenLogits.Of(serving), report);
    }

    private Dictionary<string, string> SettingsOf(TrainingPreset preset)
    {
        using var document = JsonDocument.Parse(RunName.Settings(preset, settings.Seed));
        return document.RootElement.GetProperty("preset").EnumerateObject().ToDictionary(property => property.Name, property => property.Value.ToString());
    }

    // Progress<T> would post to the thread pool and mix the order of lines.
    private sealed class Lines(RunView view) : IProgress<string>
    {
        public void Report(string value) => view.Say($"{value} ...");
    }
}
