using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Sweeps;

/// <summary>The <c>train.log</c> of a trial.</summary>
internal sealed class SweepLog(RunFolder run) : IDisposable
{
    private TrainingLog? _log;

    /// <summary>Records an event.</summary>
    public async Task RecordAsync(TrainingEvent happened)
    {
        switch (happened)
        {
            case TrainingEvent.Resumed resumed:
                _log ??= await TrainingLog.OpenAsync(run.Log, resumed.Step, CancellationToken.None);
                break;
            case TrainingEvent.StepDone done:
                _log ??= await TrainingLog.OpenAsync(run.Log, afterStep: 0, CancellationToken.None);
                _log.Append(done.Record);
                break;
            default:
                break;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _log?.Dispose();
}
