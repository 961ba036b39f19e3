using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Testing;

namespace Pipeline.Benchmarks.Decode;

/// <summary>A file of CTRL's published shape with random 4-bit weights.</summary>
internal static class CtrlModel
{
    /// <summary>The file, made if it is not there.</summary>
    public static string Path { get; } = System.IO.Path.Combine(ProjectFolders.Root, ".artifacts", "decode", "ctrl", "decoder_q4.onnx");

    public static string Make()
    {
        var shape = CtrlConfig.Published;
        RandomWeights.WriteInt4(Path, new ModelConfig(shape, shape.InnerWidth, 1e-6f));
        return Path;
    }
}
