using System.Globalization;
using Pipeline.TrainerJob.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pipeline.TrainerJob.Runs;

/// <summary>A terminal's view: a progress bar with the figures of the step below it, both kept in place.</summary>
internal sealed class LiveView(IAnsiConsole console, TimeProvider clock) : RunView
{
    private const int ChartHeight = 14;
    private const int LiveChartHeight = 8;
    private const int WidestChart = 100;
    private static readonly TimeSpan _shortestFrame = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc />
    public override void Say(string message) => console.WriteLine(message);

    /// <inheritdoc />
    public override void Warn(string message) => console.MarkupLineInterpolated($"[yellow]warning:[/] {message}");

    /// <inheritdoc />
    public override Task<T> WatchAsync<T>(int steps, Func<Action<TrainingEvent>, Task<T>> train)
    {
        var pace = new RunPace(steps, clock);
        var lastFrame = 0L;
        double? validation = null;
        List<StepRecord> records = [];
        return console.Live(new Text("Preparing the model ...")).StartAsync(live => train(happened =>
        {
            switch (happened)
            {
                case TrainingEvent.Resumed resumed:
                    Say($"Going on after step {resumed.Step}.");
                    break;
                case TrainingEvent.Warned warned:
                    Warn(warned.Message);
                    break;
                case TrainingEvent.Sampled { Samples: [.., var sample] } sampled:
                    Say($"Step {sampled.Step} writes (longest copied run {sampled.Samples.Max(one => one.Copied)} tokens): {OneLine(sample.Text)}");
                    break;
                case TrainingEvent.StepDone { Record: var record }:
                    records.Add(record);
                    validation = record.ValidationLoss ?? validation;
                    var left = pace.Left(record.Step);
                    if (record.Skipped is not null)
                    {
                        Warn($"Step {record.Step} was skipped: {record.Skipped}.");
                    }

                    if (clock.GetElapsedTime(lastFrame) >= _shortestFrame || record.Step == steps)
                    {
                        lastFrame = clock.GetTimestamp();
                        live.UpdateTarget(Frame(record, steps, validation, left, LossCurves.Of(records)));
                    }

                    break;
            }
        }));
    }

    /// <inheritdoc />
    public override void Chart(LossCurves curves)
    {
        foreach (var line in TextChart.Draw(curves, Math.Min(WidestChart, console.Profile.Width - 1), ChartHeight))
        {
            console.WriteLine(line);
        }
    }

    // Markup has no part in it, and a line of the terminal holds it.
    private string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var most = Math.Max(20, console.Profile.Width - 60);
        return line.Length <= most ? line : line[..most] + "…";
    }

    private Rows Frame(StepRecord record, int steps, double? validation, TimeSpan? left, LossCurves curves)
    {
        var share = (double)record.Step / steps;
        var width = Math.Clamp(console.Profile.Width - 30, 10, 60);
        var filled = (int)Math.Round(share * width);
        var bar = new Markup($"[green]{new string('━', filled)}[/][grey]{new string('━', width - filled)}[/] {share * 100:0}%  {RunPace.Format(left)} left");
        var grid = new Grid();
        string[] names = ["step", "loss", "smoothed", "validation", "tokens/s"];
        string[] values =
        [
            $"{record.Step}/{steps}",
            Number(record.Loss),
            Number(record.SmoothedLoss),
            validation is { } loss ? Number(loss) : "-",
            record.TokensPerSecond.ToString("#,0", CultureInfo.InvariantCulture),
        ];
        foreach (var _ in names)
        {
            grid.AddColumn();
        }

        grid.AddRow([.. names.Select(IRenderable (name) => new Text(name, new Style(Color.Grey)))]);
        grid.AddRow([.. values.Select(IRenderable (value) => new Text(value))]);
        return new Rows(bar, grid, new Text(string.Join('\n', TextChart.Draw(curves, Math.Min(WidestChart, console.Profile.Width - 1), LiveChartHeight))));
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
