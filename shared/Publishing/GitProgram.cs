using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Pipeline.Publishing;

/// <summary>
/// Runs the program <c>git</c> on one repository, cut off from the user's configuration, hooks, signing and from any git that calls us.
/// Arguments are a list and never pass a shell.
/// </summary>
/// <param name="gitFolder">The repository's own folder: what is <c>.git</c> in a working copy, all of it in a bare repository.</param>
/// <param name="program">The program's name or path.</param>
internal sealed class GitProgram(string gitFolder, string program = "git")
{
    private static readonly string[] Settings =
    [
        "core.hooksPath=/dev/null", "commit.gpgSign=false", "core.autocrlf=false", "core.quotePath=false", "core.fsmonitor=false",
        // Housekeeping in the background would outlive the command, and a caller that removes the folder would trip over it.
        "gc.auto=0", "maintenance.auto=false", "protocol.ext.allow=never",
    ];

    /// <summary>Runs git and returns its standard output as text.</summary>
    public async Task<string> TextAsync(string[] arguments, CancellationToken cancellationToken, ReadOnlyMemory<byte> input = default, params (string Key, string Value)[] environment)
    {
        var (exitCode, output, errors) = await RunAsync(arguments, input, environment, cancellationToken);
        return exitCode == 0 ? Encoding.UTF8.GetString(output).TrimEnd('\n') : throw Failed(arguments, exitCode, errors);
    }

    /// <summary>Runs git and returns its standard output as it is.</summary>
    public async Task<byte[]> BytesAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var (exitCode, output, errors) = await RunAsync(arguments, default, [], cancellationToken);
        return exitCode == 0 ? output : throw Failed(arguments, exitCode, errors);
    }

    /// <summary>Runs git and returns its exit code, standard output and standard error, for commands whose failure is an answer.</summary>
    public async Task<(int ExitCode, byte[] Output, string Errors)> RunAsync(
        string[] arguments, ReadOnlyMemory<byte> input, (string Key, string Value)[] environment, CancellationToken cancellationToken)
    {
        using var process = Start(arguments, environment);
        var output = new MemoryStream();
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
            await WriteAsync(process, input, cancellationToken);
            await Task.WhenAll(reading, errors);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output.ToArray(), (await errors).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>The failure of a command, with what git said.</summary>
    public BlogRepositoryException Failed(string[] arguments, int exitCode, string errors) =>
        new($"git {arguments[0]} failed in {gitFolder} (exit code {exitCode}): {errors}");

    private Process Start(string[] arguments, (string Key, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var setting in Settings)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(setting);
        }

        start.ArgumentList.Add($"--git-dir={gitFolder}");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // A hook of another repository that calls this program would otherwise send us to its own index and objects.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        try
        {
            return Process.Start(start) ?? throw new BlogRepositoryException($"The program {program} did not start.");
        }
        catch (Win32Exception exception)
        {
            throw new BlogRepositoryException($"The program {program} was not found. Install git (for instance `apt-get install git`) and see that it is on the PATH.", exception);
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // git has ended without reading all of it; its exit code and standard error tell why.
        }
    }
}
