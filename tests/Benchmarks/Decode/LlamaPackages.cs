using System.Diagnostics;
using Pipeline.Testing;

namespace Pipeline.Benchmarks.Decode;

/// <summary>
/// llama.cpp's binaries and node-llama-cpp, from npm: 85 MB that only this benchmark needs, so they are fetched at its first run and kept.
/// </summary>
internal static class LlamaPackages
{
    public const string Version = "3.22.1";

    public static string Folder { get; } = Path.Combine(ProjectFolders.Root, ".artifacts", "peers", "node-llama-cpp-" + Version);

    public static string Libraries => Path.Combine(Folder, "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64");

    public static void Install()
    {
        if (File.Exists(Path.Combine(Folder, "installed")))
        {
            return;
        }

        Console.Error.WriteLine($"Fetching node-llama-cpp {Version} from npm into {Folder}");
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "package.json"), """{"private":true,"type":"module"}""");
        using var npm = Process.Start(new ProcessStartInfo("npm",
            ["install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error", "node-llama-cpp@" + Version, "@node-llama-cpp/linux-x64@" + Version])
        {
            WorkingDirectory = Folder,
        })!;
        npm.WaitForExit();
        if (npm.ExitCode != 0)
        {
            throw new InvalidOperationException($"npm could not install node-llama-cpp {Version}; the comparison with llama.cpp needs it.");
        }

        File.WriteAllText(Path.Combine(Folder, "installed"), Version);
    }
}
