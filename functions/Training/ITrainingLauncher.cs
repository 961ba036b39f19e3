namespace Pipeline.Functions.Training;

/// <summary>Starts the trainer job: a child process on one machine, a container job in Azure. Never two at once.</summary>
internal interface ITrainingLauncher
{
    /// <summary>Starts the job unless it is running; one that runs longer than it may is stopped first.</summary>
    Task<TrainingStart> StartAsync(TrainingRequest request, CancellationToken cancellationToken);

    /// <summary>The run that is going on or was last, or null if none was started.</summary>
    Task<TrainingRun?> FindAsync(CancellationToken cancellationToken);

    /// <summary>Asks the run that is going on, if any, to save and stop.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
