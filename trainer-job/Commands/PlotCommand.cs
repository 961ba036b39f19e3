using System.CommandLine;
using System.Text;
using Pipeline.Storage;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>plot</c>: the loss of a training log, old or still growing, in the terminal and as a picture.</summary>
internal static class PlotCommand
{
    private const int Width = 100;
    private const int Height = 20;

    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var log = new Argument<string>("log") { Description = "The train.log of a run or of a model folder." };
        var svg = new Option<string?>("--svg") { Description = "Also draw the picture into this file." };
        var command = new JobCommand("plot", "Draws the loss of a training log.")
        {
            Examples = ["plot .pipeline/store/models/VERSION/train.log", "plot .pipeline/store/runs/RUN/train.log --svg loss.svg"],
        };
        command.Add(log);
        command.Add(svg);
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(log), parsed.GetValue(svg), host));
        return command;
    }

    /// <summary>Draws a log on standard output.</summary>
    /// <param name="log">The log's path.</param>
    /// <param name="svg">Where the picture goes, or null.</param>
    /// <param name="host">The process.</param>
    /// <exception cref="InputException">There is no such log, or the file is none.</exception>
    public static async Task<int> RunAsync(string log, string? svg, JobHost host)
    {
        LossCurves curves;
        try
        {
            curves = LossCurves.Of(TrainingLog.Read(log));
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{log} cannot be drawn: {exception.Message}", exception);
        }

        foreach (var line in TextChart.Draw(curves, Width, Height))
        {
            await host.Output.WriteLineAsync(line);
        }

        await host.Output.WriteLineAsync(LossChart.Describe(curves));
        if (svg is not null)
        {
            var run = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(log))) ?? log;
            await AtomicFile.WriteAsync(svg, Encoding.UTF8.GetBytes(LossChart.Draw(curves, run)), host.Stop);
        }

        return ExitCode.Done;
    }
}
