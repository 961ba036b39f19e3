using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Local;

/// <summary><c>handler</c>: what Azure's Functions host starts; nobody types it.</summary>
internal static class HandlerCommand
{
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

            var settings = await DeploymentSettings.AddAsync(PipelineSettings.FromEnvironment().Validated(), cancellationToken);
            await using var server = HandlerServer.Build(settings, port, LogForm.Json);
            await server.RunAsync(cancellationToken);
            // Told to stop. Never 0: older hosts start nothing again after that.
            return CommandLine.Interrupted;
        });
        return command;
    }
}
