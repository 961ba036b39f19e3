using System.Globalization;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Lines for a log file or a pipe: one every few seconds and one an evaluation.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="clock">Tells the seconds.</param>
/// <param name="quiet">Only warnings are written.</param>
internal sealed class PlainView(TextWriter output, TimeProvider clock, bool quiet) : RunView
{
    private const int ChartWidth = 76;
    private const int ChartHeight = 12;
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    public override void Say(string message)
    {
        if (!quiet)
        {
            output.WriteLine(message);
        }
    }

    /// <inheritdoc />
    public override void Warn(string message) => output.WriteLine("warning: " + message);

    /// <inheritdoc />
    public override Task<T> WatchAsync<T>(int steps, Func<Action<TrainingEvent>, Task<T>> train)
    {
        var pace = new RunPace(steps, clock);
        var lastLine = clock.GetTimestamp();
        return train(Show);

        void Show(TrainingEvent happened)
        {
            switch (happened)
            {
                case TrainingEvent.Resumed resumed:
                    Say($"Going on after step {resumed.Step}.");
                    break;
                case TrainingEvent.Warned warned:
                    Warn(warned.Message);
                    break;
                case TrainingEvent.Sampled sampled:
                    Say($"step {sampled.Step}: longest copied run of the samples {sampled.Samples.Max(sample => sample.Copied)} tokens");
                    break;
                case TrainingEvent.StepDone { Record: var record }:
                    var left = pace.Left(record.Step);
                    if (record.Skipped is not null)
                    {
                        Warn($"Step {record.Step} was skipped: {record.Skipped}.");
                    }
                    else if (record.ValidationLoss is not null || record.Step == 1 || clock.GetElapsedTime(lastLine) >= _interval)
                    {
                        lastLine = clock.GetTimestamp();
                        Say(Line(record, steps, left));
                    }

                    break;
            }
        }
    }

    /// <inheritdoc />
    public override void Chart(LossCurves curves)
    {
        foreach (var line in TextChart.Draw(curves, ChartWidth, ChartHeight))
        {
            Say(line);
        }
    }

    /// <summary>A step's figures in a line.</summary>
    internal static string Line(StepRecord record, int steps, TimeSpan? left)
    {
        var validation = record.ValidationLoss is { } loss ? string.Create(CultureInfo.InvariantCulture, $"  validation {loss:0.000}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {record.Step}/{steps}  loss {record.Loss:0.000}  smoothed {record.SmoothedLoss:0.000}{validation}  {record.TokensPerSecond:#,0} tokens/s  time left {RunPace.Format(left)}");
    }
}
