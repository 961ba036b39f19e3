using System.Text;
using Pipeline.Storage;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Writes what the loop reports into the run's folder: each step to the log, and at each checkpoint the picture and the state.</summary>
internal sealed class RunRecorder(RunFolder run, RunProgress progress) : IDisposable
{
    private TrainingLog? _log;

    /// <summary>Records an event.</summary>
    public async Task RecordAsync(TrainingEvent happened, CancellationToken cancellationToken)
    {
        switch (happened)
        {
            case TrainingEvent.Resumed resumed:
                _log ??= await TrainingLog.OpenAsync(run.Log, resumed.Step, cancellationToken);
                await SampleLog.TrimAsync(run.Samples, resumed.Step, cancellationToken);
                break;
            case TrainingEvent.StepDone done:
                if (_log is null)
                {
                    await SampleLog.TrimAsync(run.Samples, afterStep: 0, cancellationToken);
                    _log = await TrainingLog.OpenAsync(run.Log, afterStep: 0, cancellationToken);
                }

                _log.Append(done.Record);
                break;
            case TrainingEvent.Sampled sampled:
                await SampleLog.AppendAsync(run.Samples, sampled.Step, sampled.Samples, cancellationToken);
                break;
            case TrainingEvent.CheckpointSaved saved:
                progress.Take(saved.State);
                await DrawAsync(run, cancellationToken);
                await progress.SaveAsync(cancellationToken);
                break;
            default:
                break;
        }
    }

    /// <summary>Draws the log as it stands.</summary>
    public static async Task<LossCurves> DrawAsync(RunFolder run, CancellationToken cancellationToken)
    {
        var curves = LossCurves.Of(File.Exists(run.Log) ? TrainingLog.Read(run.Log) : []);
        await AtomicFile.WriteAsync(run.Chart, Encoding.UTF8.GetBytes(LossChart.Draw(curves, run.Name)), cancellationToken);
        return curves;
    }

    /// <inheritdoc />
    public void Dispose() => _log?.Dispose();
}
