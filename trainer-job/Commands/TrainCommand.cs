using System.CommandLine;
using Pipeline.Storage;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;
using Spectre.Console;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>train</c>: from documents or text files to a model that serves.</summary>
internal static class TrainCommand
{
    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var options = TrainSetting.All.ToDictionary(
            setting => setting.Key, setting => new Option<string?>(setting.Option)
            {
                Description = $"{setting.Description} [{setting.Variable}]",
                Arity = setting.IsFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            });
        var file = new Option<string?>("--settings") { Description = "JSON file with any of these settings; names in camel case." };
        var force = new Option<bool>("--force") { Description = "Train anew even if this model is there already." };
        var quiet = new Option<bool>("--quiet") { Description = "Show nothing but warnings." };
        var json = new Option<bool>("--json") { Description = "Print the run's result as one JSON object." };
        var watchInput = new Option<bool>("--stop-on-stdin-close") { Description = "Save and end when standard input closes." };
        var command = new JobCommand(
            "train",
            "Trains a model and publishes it. Stopped by Ctrl-C or SIGTERM it saves and ends with exit code 3; the same command goes on from there.")
        {
            Examples =
            [
                "train --store .pipeline --preset small",
                "train --data posts/ --output model --preset tiny --seed 7",
                "train --data posts.jsonl --output model --base hub:distilbert/distilgpt2",
                "train --store .pipeline --settings run.json --learning-rate 0.001",
            ],
        };
        foreach (var option in (Option[])[.. options.Values, file, force, quiet, json, watchInput])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            var given = options
                .Where(option => parsed.GetResult(option.Value) is { Implicit: false })
                .ToDictionary(option => option.Key, option => parsed.GetValue(option.Value) ?? bool.TrueString);
            var settings = SettingsReader.Read(parsed.GetValue(file), host.Environment, given);
            using var stop = parsed.GetValue(watchInput)
                ? StdinWatch.Start(host.Input, host.Stop)
                : CancellationTokenSource.CreateLinkedTokenSource(host.Stop);
            var view = View(host, parsed.GetValue(quiet));
            var state = await RunAsync(settings, parsed.GetValue(force), view, host, stop.Token);
            if (state.Status == RunStatus.Interrupted)
            {
                return ExitCode.Interrupted;
            }

            await host.Output.WriteLineAsync(parsed.GetValue(json) ? state.ToLine() : state.Version);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<RunState> RunAsync(TrainSettings settings, bool force, RunView view, JobHost host, CancellationToken stop)
    {
        if (settings is { Store: { } location, Data: null, Output: null, Validation: null })
        {
            var store = BlobStores.Open(location, host.Clock);
            var destination = new StoreDestination(store, location, settings.Work, host.Clock);
            var start = await OpenBaseAsync(settings, destination, store, view, host, stop);
            var corpus = await StoreCorpus.BuildAsync(store, view, stop);
            return await new TrainingJob(settings, start, destination, view, host.Clock).RunAsync(corpus, force, stop);
        }

        if (settings is { Data: { } data, Output: { } output, Store: null })
        {
            var destination = new FolderDestination(output, settings.Work);
            destination.Check();
            var start = await OpenBaseAsync(settings, destination, store: null, view, host, stop);
            return await new TrainingJob(settings, start, destination, view, host.Clock).RunAsync(TextFiles.ReadCorpus(data, settings.Validation), force, stop);
        }

        throw new InputException(settings.Store is null
            ? "Say what to train on: --store LOCATION, or --data FILE and --output FOLDER."
            : "Both a store and --data, --validation or --output are given; name the one or the others. See the settings file and the variables PIPELINE_STORE, PIPELINE_DATA and PIPELINE_OUTPUT too.");
    }

    private static async Task<BaseModel?> OpenBaseAsync(
        TrainSettings settings, ModelDestination destination, IBlobStore? store, RunView view, JobHost host, CancellationToken stop) =>
        settings.Base is { } name
            ? await new BaseModelOpener(destination.CacheFolder, settings.Hub, host.Clock, view.Say).OpenAsync(name, store, stop)
            : null;

    private static RunView View(JobHost host, bool quiet)
    {
        var console = host.Interactive && !quiet
            ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(host.Error) })
            : null;
        return console is { Profile.Capabilities.Ansi: true }
            ? new LiveView(console, host.Clock)
            : new PlainView(host.Error, host.Clock, quiet);
    }
}
