using System.ComponentModel;
using System.Diagnostics;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>Runs a script of the tests with Node.js.</summary>
internal static class NodeScript
{
    /// <summary>Gives a script its standard input and returns its standard output.</summary>
    /// <exception cref="InvalidOperationException">Node.js is missing, or the script failed; the message holds what it said.</exception>
    public static async Task<string> RunAsync(string script, string input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node", [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("The program 'node' was not found: install Node.js 20 or newer, which runs the validators of the tests.", exception);
        }

        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"{Path.GetFileName(script)} ended with {process.ExitCode}: {await error}{await output}");
        }
    }
}
