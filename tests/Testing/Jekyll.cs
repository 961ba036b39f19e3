using System.Diagnostics;

namespace Pipeline.Testing;

/// <summary>The real Jekyll, from the package of this machine's Debian, so that nothing is fetched while it builds.</summary>
public static class Jekyll
{
    /// <summary>Builds a site.</summary>
    /// <param name="source">The site's folder.</param>
    /// <param name="destination">Where the pages go.</param>
    /// <param name="cancellationToken">Kills the build.</param>
    /// <param name="options">Further options of <c>jekyll build</c>.</param>
    public static async Task<JekyllBuild> BuildAsync(string source, string destination, CancellationToken cancellationToken, params string[] options)
    {
        await DebianPackages.EnsureAsync("jekyll", cancellationToken);
        var start = new ProcessStartInfo("jekyll", ["build", "--source", source, "--destination", destination, "--disable-disk-cache", "--trace", .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = source,
        };
        // Ruby reads files in the locale's encoding, and Jekyll takes the zone of a site without one from the machine.
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("jekyll did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new JekyllBuild(process.ExitCode, await output + await errors, destination);
    }
}
