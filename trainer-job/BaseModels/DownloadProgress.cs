namespace Pipeline.TrainerJob.BaseModels;

/// <summary>Says every few seconds how far a file has come.</summary>
internal sealed class DownloadProgress(string file, TimeProvider clock, Action<string> say)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private readonly long _started = clock.GetTimestamp();
    private long _last = clock.GetTimestamp();
    private long _first = -1;

    /// <summary>Notes how many bytes are here.</summary>
    public void Report(long here, long? total)
    {
        _first = _first < 0 ? here : _first;
        if (clock.GetElapsedTime(_last) < _interval)
        {
            return;
        }

        _last = clock.GetTimestamp();
        var rate = (here - _first) / Math.Max(clock.GetElapsedTime(_started).TotalSeconds, 1e-9);
        say(total is { } all
            ? FormattableString.Invariant($"{file}: {here / 1e6:0} of {all / 1e6:0} MB ({100.0 * here / Math.Max(1, all):0}%), {rate / 1e6:0.0} MB/s")
            : FormattableString.Invariant($"{file}: {here / 1e6:0} MB, {rate / 1e6:0.0} MB/s"));
    }
}
