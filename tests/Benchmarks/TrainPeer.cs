using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using Pipeline.Testing;

namespace Pipeline.Benchmarks;

/// <summary>PyTorch of Debian on OpenBLAS, which Debian does not link it with, and with malloc told to keep large blocks.</summary>
internal static class TrainPeer
{
    private const string Python = "/usr/bin/python3";
    private const string OpenBlas = "/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3";
    private const string Torch = "/usr/lib/python3/dist-packages/torch/__init__.py";
    private static readonly string[] Packages = ["python3-torch", "libopenblas0-pthread"];

    /// <summary>Sees to it that the peer is there.</summary>
    /// <exception cref="InvalidOperationException">It is not, and cannot be installed; the message names the command.</exception>
    public static async Task EnsureAsync(CancellationToken cancellation)
    {
        if (File.Exists(Torch) && File.Exists(OpenBlas))
        {
            return;
        }

        var command = $"apt-get install -y --no-install-recommends {string.Join(' ', Packages)}";
        if (!File.Exists("/usr/bin/apt-get") || !Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException($"The benchmark compares with PyTorch on OpenBLAS: run `sudo {command}`, then the benchmark again.");
        }

        foreach (var arguments in (string[][])[["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", .. Packages]])
        {
            using var process = Process.Start(new ProcessStartInfo("apt-get", arguments) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException("apt-get did not start.");
            await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
        }

        if (!File.Exists(Torch) || !File.Exists(OpenBlas))
        {
            throw new InvalidOperationException($"PyTorch on OpenBLAS could not be installed: `{command}` failed.");
        }
    }

    public static TrainProcess Start(TrainWorkload workload) => Start("train-peer.py", [.. workload.PeerArguments]);

    /// <summary>Starts one of the peer's programs.</summary>
    public static TrainProcess Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(ProjectFolders.Root, "tests", "Benchmarks", program), .. arguments]);
        start.Environment["LD_PRELOAD"] = OpenBlas;
        start.Environment["OPENBLAS_NUM_THREADS"] = start.Environment["OMP_NUM_THREADS"] = "2";

        // This OpenBLAS takes processors that are newer than itself for old ones, and then has no kernels of 512 bits.
        if (Avx512F.IsSupported)
        {
            start.Environment["OPENBLAS_CORETYPE"] = "SkylakeX";
        }

        // Without these glibc gives every large tensor back to the system and clears it anew at the next step.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "8589934592";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "17179869184";
        start.Environment["MALLOC_TOP_PAD_"] = "268435456";
        return TrainProcess.Start(start);
    }
}
