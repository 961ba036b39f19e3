namespace Pipeline.Generation;

/// <summary>
/// How the files of a model's <c>onnx</c> folder belong together. <c>decoder.onnx</c> serves here, <c>model.onnx</c> is the same model for
/// other people's tools, and <c>model.onnx_data</c> holds the weights of both; <c>decoder_quantized.onnx</c> and other forms likewise.
/// </summary>
public static class ModelFiles
{
    private const string ServingStem = "decoder";
    private const string PortableStem = "model";

    /// <summary>The portable file of a serving file, by its name or path.</summary>
    /// <exception cref="ArgumentException">The name is not one of a serving file.</exception>
    public static string PortableOf(string servingFile)
    {
        var name = Path.GetFileName(servingFile);
        return name.StartsWith(ServingStem, StringComparison.Ordinal)
            ? Path.Combine(Path.GetDirectoryName(servingFile) ?? "", PortableStem + name[ServingStem.Length..])
            : throw new ArgumentException($"'{name}' is no serving file: their names begin with {ServingStem}.", nameof(servingFile));
    }

    /// <summary>The weights of a serving file and of its portable file.</summary>
    /// <exception cref="ArgumentException">The name is not one of a serving file.</exception>
    public static string DataOf(string servingFile) => PortableOf(servingFile) + "_data";
}
