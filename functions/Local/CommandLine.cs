using System.CommandLine;
using Microsoft.Extensions.Options;
using Pipeline.Backups;
using Pipeline.Generation;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary>The program's commands and what its exit codes mean.</summary>
internal static class CommandLine
{
    /// <summary>Everything asked for was done.</summary>
    public const int Done = 0;

    /// <summary>Something failed that is not the caller's doing.</summary>
    public const int Failed = 1;

    /// <summary>Settings or input are wrong; the message says what to change.</summary>
    public const int BadInput = 2;

    /// <summary>Interrupted; the same command goes on where this one stopped.</summary>
    public const int Interrupted = 3;

    // A training run saves within 20 seconds.
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(40);

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("""
            Pipeline learns from a Jekyll blog and writes posts that do not exist.

            Start with:
              once                      the whole loop on the sample blog: read, train, write, commit
              once --blog ../my-blog    the same on a blog of yours, which is never changed
            """)
        {
            OnceCommand.Create(),
            ServeCommand.Create(),
            CollectCommand.Create(),
            CorpusCommand.Create(),
            SampleCommand.Create(),
            ApplyCommand.Create(),
            DoctorCommand.Create(),
            ForgetCommand.Create(),
            BackupCommand.CreateBackup(),
            BackupCommand.CreateRestore(),
            HandlerCommand.Create(),
        };
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = args.Contains(SampleCommand.Interactive) ? null : TimeToStop })
                is var code && code == 1 && args.Length > 0 && root.Parse(args).Errors.Count > 0 ? BadInput : code;
        }
        catch (OperationCanceledException)
        {
            return Report("Interrupted. The same command goes on where this one stopped.", Interrupted);
        }
        catch (Exception exception) when (IsBadInput(exception))
        {
            return Report(exception.Message, BadInput);
        }
        catch (IOException exception) when (DiskFull.Is(exception))
        {
            return Report($"The disk is full: {exception.Message.TrimEnd('.')}. Make room, and the same command goes on where this one stopped.", Failed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException
            or FunctionFailedException or HttpRequestException or BlogRepositoryException or RegistryException or ModelException or BackupException)
        {
            return Report(exception.Message, Failed);
        }
    }

    private static bool IsBadInput(Exception exception) =>
        exception is BlogException or InvalidSamplingException or OptionsValidationException or FormatException or ArgumentException or FileNotFoundException or DirectoryNotFoundException;

    private static int Report(string message, int code)
    {
        Console.Error.WriteLine(message);
        return code;
    }
}
