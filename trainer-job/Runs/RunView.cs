using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Runs;

/// <summary>What a person sees of a run, on standard error.</summary>
internal abstract class RunView
{
    /// <summary>Says what is going on, in a line.</summary>
    public abstract void Say(string message);

    /// <summary>Says that something is amiss though the run goes on.</summary>
    public abstract void Warn(string message);

    /// <summary>Shows training while it lasts.</summary>
    /// <param name="steps">Steps at most.</param>
    /// <param name="train">Trains, reporting events; what it returns is returned.</param>
    public abstract Task<T> WatchAsync<T>(int steps, Func<Action<TrainingEvent>, Task<T>> train);

    /// <summary>Shows the finished run's loss.</summary>
    public abstract void Chart(LossCurves curves);
}
