using System.Globalization;

namespace Pipeline.TrainerJob.Training;

/// <summary>A learning-rate schedule in one line of a terminal.</summary>
internal static class RateLine
{
    private const string Bars = "▁▂▃▄▅▆▇█";
    private const int Width = 40;

    /// <summary>The line: a curve from the first step to the last, and its numbers.</summary>
    public static string Draw(LearningRateSchedule schedule)
    {
        var columns = Math.Min(Width, schedule.Steps);
        var curve = string.Concat(Enumerable.Range(0, columns).Select(column =>
        {
            var step = columns == 1 ? schedule.Steps : 1 + (int)Math.Round((double)column * (schedule.Steps - 1) / (columns - 1));
            return Bars[Math.Clamp((int)(schedule.At(step) / schedule.Peak * Bars.Length), 0, Bars.Length - 1)];
        }));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{curve}  up to {schedule.Peak:0.######} in {schedule.Warmup} steps, then {(schedule.Linear ? "in a line" : "by a cosine")} to {schedule.At(schedule.Steps):0.########}");
    }
}
