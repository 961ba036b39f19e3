using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Runs;

/// <summary>The three curves of a training log, thinned to what a picture can show.</summary>
/// <param name="Train">Loss of each step.</param>
/// <param name="Smoothed">Smoothed loss of each step.</param>
/// <param name="Validation">Validation loss at each evaluation.</param>
internal sealed record LossCurves(
    IReadOnlyList<LossCurves.Point> Train, IReadOnlyList<LossCurves.Point> Smoothed, IReadOnlyList<LossCurves.Point> Validation)
{
    private const int MostPoints = 500;

    /// <summary>One value of a curve.</summary>
    internal readonly record struct Point(double Step, double Loss);

    /// <summary>The curves of a log.</summary>
    public static LossCurves Of(IReadOnlyList<StepRecord> log) => new(
        Thin(log.Select(record => new Point(record.Step, record.Loss))),
        Thin(log.Select(record => new Point(record.Step, record.SmoothedLoss))),
        Thin(log.Where(record => record.ValidationLoss is not null).Select(record => new Point(record.Step, record.ValidationLoss!.Value))));

    /// <summary>Every point of every curve.</summary>
    public IEnumerable<Point> All => Train.Concat(Smoothed).Concat(Validation);

    private static List<Point> Thin(IEnumerable<Point> points)
    {
        var finite = points.Where(point => double.IsFinite(point.Loss)).ToList();
        var group = (finite.Count + MostPoints - 1) / MostPoints;
        return group <= 1
            ? finite
            : [.. finite.Chunk(group).Select(chunk => new Point(chunk.Average(point => point.Step), chunk.Average(point => point.Loss)))];
    }
}
