using System.CommandLine;
using System.Diagnostics;
using Pipeline.Runs;
using Pipeline.Storage;
using Pipeline.Tracing;
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
        var options = new SettingOptions();
        var force = new Option<bool>("--force") { Description = "Train anew even if this model is there already." };
        var quiet = new Option<bool>("--quiet") { Description = "Show nothing but warnings." };
        var json = new Option<bool>("--json") { Description = "Print the run's result as one JSON object." };
        var plot = new Option<string?>("--plot") { Description = "Train nothing; draw the loss of this train.log." };
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
                "train --data posts.jsonl --output model --base hub:openai-community/gpt2-xl --lora-rank 8 --gradient-checkpointing",
                "train --store .pipeline --settings run.json --learning-rate 0.001",
            ],
        };
        options.AddTo(command);
        foreach (var option in (Option[])[force, quiet, json, plot, watchInput])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(plot) is { } log)
            {
                return await PlotCommand.RunAsync(log, svg: null, host);
            }

            var settings = options.Read(parsed, host);
            using var telemetry = OtlpExport.StartSpans(host.Environment, "pipeline-trainer");
            using var span = Spans.Begin("train", ActivityKind.Consumer, host.Environment(TraceContext.Variable));
            using var stop = parsed.GetValue(watchInput)
                ? StdinWatch.Start(host.Input, host.Stop)
                : CancellationTokenSource.CreateLinkedTokenSource(host.Stop);
            var view = View(host, parsed.GetValue(quiet));
            RunState state;
            try
            {
                var source = await TrainingSource.OpenAsync(settings, view, host, stop.Token);
                state = await new TrainingJob(settings, source.Start, source.Destination, view, host.Clock).RunAsync(source.Corpus, parsed.GetValue(force), stop.Token);
            }
            catch (Exception exception)
            {
                span?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
                throw;
            }

            span?.SetTag("pipeline.run", state.Run).SetTag("pipeline.corpus", state.CorpusId).SetTag("pipeline.status", state.Status.ToString());
            if (state.Status == RunStatus.Interrupted)
            {
                return ExitCode.Interrupted;
            }

            await host.Output.WriteLineAsync(parsed.GetValue(json) ? state.ToLine() : state.Version);
            return ExitCode.Done;
        });
        return command;
    }

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
