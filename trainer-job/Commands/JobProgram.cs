using System.CommandLine;
using System.CommandLine.Help;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Commands;

/// <summary>The program: its commands, and how their failures become messages and exit codes.</summary>
internal static class JobProgram
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, JobHost host)
    {
        var root = new RootCommand("Trains the model that writes posts, and works with trained models.")
        {
            TrainCommand.Create(host),
            EvaluateCommand.Create(host),
            AttributeCommand.Create(host),
            ExportCommand.Create(),
            TokenizeCommand.Create(host),
            PublishCommand.Create(host),
            PlotCommand.Create(host),
            DoctorCommand.Create(host),
            SweepCommand.Create(host),
            BaseCommand.Create(host),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!);

        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                host.Error.WriteLine(error.Message);
            }

            host.Error.WriteLine("Add --help to see what there is.");
            return ExitCode.BadInput;
        }

        try
        {
            // Signals are the host's: the library's own handling would end the process before the run is saved.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = host.Output, Error = host.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                host.Stop);
        }
        catch (OperationCanceledException) when (host.Stop.IsCancellationRequested)
        {
            host.Error.WriteLine("Stopped. The same command goes on from here.");
            return ExitCode.Interrupted;
        }
        catch (Exception exception) when (IsBadInput(exception))
        {
            host.Error.WriteLine("error: " + exception.Message);
            return ExitCode.BadInput;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            host.Error.WriteLine("error: " + exception.Message);
            return ExitCode.Failed;
        }
        catch (Exception exception)
        {
            host.Error.WriteLine("error: an unexpected failure, probably a mistake of the program.");
            host.Error.WriteLine(exception.ToString());
            return ExitCode.Failed;
        }
    }

    private static bool IsBadInput(Exception exception) =>
        exception is InputException or FormatException or TokenizerException or ModelException or ModelFolderException or SafetensorsException;

    private static bool IsExpected(Exception exception) =>
        exception is TrainingDivergedException or SelfTestException or RunBusyException or DeviceException or RunTakenException or ExportException or RegistryException or IOException or UnauthorizedAccessException;
}
