namespace Pipeline.TrainerJob.Runs;

/// <summary>Reckons the time left from the steps of this process. The first is not counted: it also prepares the model and is slower.</summary>
internal sealed class RunPace(int steps, TimeProvider clock)
{
    private long _since;
    private int _first;

    /// <summary>Notes a step and returns the time left, or null while that cannot be told.</summary>
    public TimeSpan? Left(int step)
    {
        if (_since == 0)
        {
            _since = clock.GetTimestamp();
            _first = step;
        }

        return step == _first ? null : clock.GetElapsedTime(_since) / (step - _first) * (steps - step);
    }

    /// <summary>A duration as people write it.</summary>
    public static string Format(TimeSpan? time) => time switch
    {
        null => "-",
        { TotalHours: >= 1 } hours => $"{(int)hours.TotalHours} h {hours.Minutes:00} min",
        { TotalMinutes: >= 1 } minutes => $"{minutes.Minutes} min {minutes.Seconds:00} s",
        { } seconds => $"{seconds.TotalSeconds:0} s",
    };
}
