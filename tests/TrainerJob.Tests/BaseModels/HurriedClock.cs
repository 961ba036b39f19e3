namespace Pipeline.TrainerJob.Tests.BaseModels;

/// <summary>The system's clock, but pauses between attempts are over at once.</summary>
internal sealed class HurriedClock : TimeProvider
{
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(40);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime < _longestPause && dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
}
