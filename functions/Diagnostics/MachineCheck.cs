using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Diagnostics;

namespace Pipeline.Functions.Diagnostics;

/// <summary>What the machine must have.</summary>
internal static class MachineCheck
{
    /// <summary>Loads the native library and says what texts are computed with.</summary>
    /// <exception cref="DllNotFoundException">It is missing, or something that it needs.</exception>
    public static Finding LookAtLibrary()
    {
        var version = OrtEnv.Instance().GetVersionString();
        var kernels = Avx2.IsSupported ? "own kernels with AVX2" : "ONNX Runtime's kernels, since the processor has no AVX2";
        return new("native library", FindingKind.Good, $"ONNX Runtime {version} on {RuntimeInformation.RuntimeIdentifier}; {kernels}");
    }

    /// <summary>
    /// The same for the start of the app: where texts are computed without the native library it is only looked for, since loading it takes
    /// 20 MB.
    /// </summary>
    public static Finding FindLibrary() => Avx2.IsSupported && File.Exists(Path.Combine(AppContext.BaseDirectory, "libonnxruntime.so"))
        ? new("native library", FindingKind.Good, "lies beside the program; own kernels with AVX2 compute texts")
        : LookAtLibrary();

    /// <summary>Whether there is room where something is written.</summary>
    /// <param name="folders">Where; those that are missing count as their nearest parent.</param>
    /// <param name="least">Bytes that each needs.</param>
    public static Finding LookAtDisk(IEnumerable<string> folders, long least)
    {
        var room = folders.Select(folder => (Folder: folder, Free: new DriveInfo(Existing(folder)).AvailableFreeSpace)).MinBy(place => place.Free);
        return room.Free >= least
            ? new("disk", FindingKind.Good, FormattableString.Invariant($"{room.Free / 1e9:0.0} GB free"))
            : new("disk", FindingKind.Wrong, FormattableString.Invariant($"only {room.Free / 1e9:0.0} GB are free at {room.Folder}."), FormattableString.Invariant($"make room until {least / 1e9:0} GB are free; 'runs' of the store and the model cache can be deleted."));
    }

    private static string Existing(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } parent)
        {
            path = parent;
        }

        return path;
    }
}
