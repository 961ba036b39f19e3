using System.Diagnostics;

namespace Pipeline.Testing;

/// <summary>Programs that tests need and that come as packages of the machine's Debian or Ubuntu.</summary>
public static class DebianPackages
{
    private static readonly SemaphoreSlim OneAtATime = new(1, 1);
    private static bool _updated;

    /// <summary>Sees to it that a program is there, by installing its package if need be.</summary>
    /// <param name="package">The package; its program must have the same name.</param>
    /// <param name="cancellationToken">Ends the wait, not an installation that has begun.</param>
    /// <exception cref="InvalidOperationException">The program is missing and cannot be installed; the message names the command that would.</exception>
    public static async Task EnsureAsync(string package, CancellationToken cancellationToken)
    {
        await OneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (IsInstalled(package))
            {
                return;
            }

            if (!File.Exists("/usr/bin/apt-get") || !Environment.IsPrivilegedProcess)
            {
                throw new InvalidOperationException(
                    $"This test needs the program {package}, and may not install it: run `sudo apt-get update && sudo apt-get install -y {package}`, then the tests again.");
            }

            using var lockFile = await LockAsync(cancellationToken);
            if (IsInstalled(package))
            {
                return;
            }

            if (!_updated)
            {
                await AptGetAsync(package, ["update", "-qq"]);
                _updated = true;
            }

            await AptGetAsync(package, ["install", "-y", "-qq", package]);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    // Several test programs may run at once, and apt-get refuses a second instance of itself.
    private static async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), "pipeline-test-packages.lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            }
        }
    }

    private static async Task AptGetAsync(string package, string[] arguments)
    {
        var start = new ProcessStartInfo("apt-get", ["-o", "DPkg::Lock::Timeout=300", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("apt-get did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        await output;
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"This test needs the package {package}, and `apt-get {string.Join(' ', arguments)}` failed: {await errors}");
        }
    }
}
