using System.Text.Json;
using Pipeline.Storage;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Training;

/// <summary>Puts the model folder together from a trained model and publishes it.</summary>
internal sealed class ModelFinish(TrainSettings settings, ModelDestination destination, RunView view)
{
    private const string LogFile = "train.log";
    private const string ChartFile = "loss.svg";
    private const string MetricsFile = "metrics.json";

    /// <summary>Writes, exports and publishes.</summary>
    /// <returns>Where the model is, for people.</returns>
    public async Task<string> RunAsync(RunFolder run, ModelInHand model, RunState state, CancellationToken cancellationToken)
    {
        // What an interrupted finish left is of no use: everything in it is made again.
        if (Directory.Exists(run.Model))
        {
            Directory.Delete(run.Model, recursive: true);
        }

        Directory.CreateDirectory(run.Model);
        Gpt2Folder.Save(run.Model, model.Shape, model.Parameters);
        model.Tokenizer.Save(run.Model);
        File.Copy(run.Log, Path.Combine(run.Model, LogFile));
        view.Chart(await RunRecorder.DrawAsync(run, cancellationToken));
        File.Copy(run.Chart, Path.Combine(run.Model, ChartFile));
        await AtomicFile.WriteAsync(Path.Combine(run.Model, MetricsFile), ModelMetricsFile.Of(state), cancellationToken);

        return await destination.PublishAsync(
            run.Model,
            new TrainedModel(state, settings.Seed, model.Shape, model.Tokenizer.Fingerprint, SettingsOf(), "onnx/model.onnx"),
            cancellationToken);
    }

    private Dictionary<string, string> SettingsOf()
    {
        using var document = JsonDocument.Parse(RunName.Settings(settings.Preset, settings.Seed));
        return document.RootElement.GetProperty("preset").EnumerateObject().ToDictionary(property => property.Name, property => property.Value.ToString());
    }
}
