using System.CommandLine;
using System.Globalization;
using System.Text;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Sweeps;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>sweep</c>: which learning rate and how many epochs suit a corpus.</summary>
internal static class SweepCommand
{
    private static readonly double[] _rateFactors = [0.3, 1, 3];
    private static readonly int[] _epochs = [2, 4];

    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var options = new SettingOptions();
        var rates = new Option<string?>("--rates") { Description = "Learning rates to try, with commas between; without them a third, once and three times the usual one." };
        var epochs = new Option<string?>("--epoch-choices") { Description = "Epochs to try, with commas between; without them 2 and 4." };
        var json = new Option<bool>("--json") { Description = "Print the sweep as one JSON object." };
        var command = new JobCommand(
            "sweep",
            "Tries learning rates and epochs: all for a little, the better half for twice as long, the best to its end. --minutes or --max-cost bound the whole sweep; stopped, the same command goes on.")
        {
            Examples =
            [
                "sweep --data posts.jsonl --base hub:distilbert/distilgpt2 --minutes 60",
                "sweep --store .pipeline --preset small --rates 0.0005,0.001,0.002 --epoch-choices 5,10",
            ],
        };
        options.AddTo(command);
        command.Add(rates);
        command.Add(epochs);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            var settings = options.Read(parsed, host);

            // A sweep makes no model, so nothing is ever written there.
            settings = settings.Data is not null ? settings with { Output = settings.Output ?? Path.Combine(settings.Work, "no-output") } : settings;
            var view = new PlainView(host.Error, host.Clock, quiet: false);
            var source = await TrainingSource.OpenAsync(settings, view, host, host.Stop);
            var usual = settings.PresetFor(source.Start?.Shape, settings.Machine).LearningRate;
            var state = await new Sweep(settings, source, view, host.Clock).RunAsync(
                parsed.GetValue(rates) is { } given ? Numbers(given, "--rates", text => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture), rate => rate is > 0 and <= 10) : [.. _rateFactors.Select(factor => factor * usual)],
                parsed.GetValue(epochs) is { } times ? Numbers(times, "--epoch-choices", text => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture), epoch => epoch >= 1) : _epochs,
                host.Stop);
            await host.Output.WriteAsync(parsed.GetValue(json) ? Encoding.UTF8.GetString(state.ToJson()) + "\n" : state.ToTable());
            view.Say(state switch
            {
                { Best: { } best } => FormattableString.Invariant($"{(state.BudgetSpent ? "The budget is spent. " : "")}Best: --learning-rate {best.LearningRate} --epochs {best.Epochs}"),
                _ => "No trial came as far as an evaluation; allow more time.",
            });
            return state.Best is null ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    private static T[] Numbers<T>(string text, string option, Func<string, T> parse, Func<T, bool> fits)
    {
        try
        {
            T[] values = [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(parse)];
            return values.Length > 0 && values.All(fits) ? values : throw new InputException($"{option}: '{text}' holds a number that is out of range, or none.");
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new InputException($"{option}: '{text}' is no list of numbers with commas between.", exception);
        }
    }
}
