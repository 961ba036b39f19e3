using Pipeline.Runs;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Where trained models go, and where runs leave their files on the way.</summary>
internal abstract class ModelDestination
{
    /// <summary>The local folder of runs.</summary>
    public abstract string RunsFolder { get; }

    /// <summary>The local folder for what can be made again.</summary>
    public abstract string CacheFolder { get; }

    /// <summary>What is known of a version that is there already, or null.</summary>
    public abstract Task<RunState?> FindAsync(string version, CancellationToken cancellationToken);

    /// <summary>Makes a finished model folder available as a version, whole or not at all.</summary>
    /// <returns>Where it is, for people.</returns>
    public abstract Task<string> PublishAsync(string modelFolder, TrainedModel model, CancellationToken cancellationToken);

    /// <summary>A copy of the run's checkpoints that outlives this machine, or null if they are where they last already.</summary>
    public abstract CheckpointMirror? Mirror(RunFolder run, RunView view);

    /// <summary>Lets others see a run that goes on here.</summary>
    public abstract Task ShareAsync(RunFolder run, CancellationToken cancellationToken);
}
