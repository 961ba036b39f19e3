using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Hosting;
using Pipeline.Storage;

namespace Pipeline.Functions.Local;

/// <summary><c>handler</c>: what Azure's Functions host starts; nobody types it.</summary>
internal static partial class HandlerCommand
{
    private static readonly TimeSpan TimeToRead = TimeSpan.FromSeconds(3);

    private const string PortVariable = "FUNCTIONS_CUSTOMHANDLER_PORT";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("handler", $"Serves Azure's Functions host as its custom handler on the port in {PortVariable}. host.json starts it.");
        command.SetAction(async (_, cancellationToken) =>
        {
            var text = Environment.GetEnvironmentVariable(PortVariable);
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
            {
                throw new FormatException($"{PortVariable} must be a port, not '{text}'. The Functions host sets it; to run on this machine use 'serve'.");
            }

            var settings = PipelineSettings.FromEnvironment().Validated();
            var problem = await AddDeploymentAsync(settings, cancellationToken);
            await using var server = HandlerServer.Build(settings, port, LogForm.Json);
            if (problem is not null)
            {
                Log.NoDeployment(server.Logger, problem);
            }

            await server.RunAsync(cancellationToken);
            // Told to stop. Never 0: older hosts start nothing again after that.
            return CommandLine.Interrupted;
        });
        return command;
    }

    // The host gives a handler little time to come up: with a store that is away it does, with the app's own settings.
    private static async Task<string?> AddDeploymentAsync(PipelineSettings settings, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeToRead);
        try
        {
            await DeploymentSettings.AddAsync(settings, patience.Token);
            return null;
        }
        catch (BlobStoreException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "The store did not answer in time.";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The deployment in force was not read; the app's settings hold until the next start. {Problem}")]
        public static partial void NoDeployment(ILogger logger, string problem);
    }
}
