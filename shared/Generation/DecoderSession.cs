using Pipeline.Generation.Cpu;
using Pipeline.Generation.Lstm;
using Pipeline.Generation.Markov;

namespace Pipeline.Generation;

/// <summary>
/// One serving file, loaded: the weights of a decoder and the means to run it. Any number of threads may use it at once, each with a
/// <see cref="KeyValueCache"/> of its own.
/// </summary>
/// <remarks>
/// Quantised files run on kernels of this product's own where the processor has AVX2: they read each weight once, as it lies in the
/// mapped file. Other files and processors take ONNX Runtime.
/// </remarks>
public sealed class DecoderSession : IDisposable
{
    private readonly CpuDecoder? _own;
    private readonly OnnxDecoder? _onnx;
    private readonly IDecoder? _other;

    private DecoderSession(string path, DecoderMetadata metadata, CpuDecoder? own, OnnxDecoder? onnx) =>
        (Path, Metadata, _own, _onnx) = (path, metadata, own, onnx);

    private DecoderSession(string path, DecoderMetadata metadata, IDecoder other) => (Path, Metadata, _other) = (path, metadata, other);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the file says of itself.</summary>
    public DecoderMetadata Metadata { get; }

    /// <summary>The sizes.</summary>
    public ModelShape Shape => Metadata.Shape;

    /// <summary>What runs it.</summary>
    public DecoderEngine Engine => _own is null ? DecoderEngine.OnnxRuntime : DecoderEngine.Own;

    /// <summary>Bytes of matrices that a token reads: as they are laid out, or as they are stored where ONNX Runtime lays them out.</summary>
    internal long BytesPerToken => _own?.BytesPerToken ?? Metadata.DataLength - ((long)Shape.Context * Shape.Width * sizeof(float));

    /// <summary>Loads a serving file and checks it against its own metadata.</summary>
    /// <param name="path">An ONNX file of the export.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="ModelException">The file or its data is missing, damaged, of another version, or too large for this machine; or
    /// the engine asked for does not run it.</exception>
    public static DecoderSession Open(string path, LanguageModelOptions? options = null)
    {
        options ??= new();
        if (!File.Exists(path))
        {
            throw new ModelException($"{path} is missing: export the model with 'trainer-job export', or name another serving file.");
        }

        if (NgramFile.Is(path))
        {
            var (chain, context) = NgramFile.Read(path);
            var decoder = new NgramDecoder(chain, context);
            return new(path, new DecoderMetadata(decoder.Shape, 1, "none", System.IO.Path.GetFileName(path), new FileInfo(path).Length) { Architecture = NgramConfig.Type }, decoder);
        }

        var file = OnnxFile.Read(path);
        var metadata = DecoderMetadata.Parse(file.Metadata, path);
        CheckData(path, metadata);
        CheckMemory(path, metadata, options);
        if (metadata.Architecture == LstmConfig.ModelType)
        {
            return new(path, metadata, LstmDecoder.Open(path, metadata, options));
        }

        if (options.Engine != DecoderEngine.OnnxRuntime && CpuDecoder.TryOpen(path, file, metadata, options) is { } own)
        {
            return new(path, metadata, own, null);
        }

        return options.Engine != DecoderEngine.Own
            ? new(path, metadata, null, OnnxDecoder.Open(path, metadata, options))
            : throw new ModelException($"{path} runs on ONNX Runtime only: the product's own engine takes quantised files with widths of whole blocks of 32, on processors with AVX2.");
    }

    /// <summary>Buffers for a number of texts that grow side by side.</summary>
    /// <param name="rows">Texts at most.</param>
    /// <param name="capacity">Tokens a text at most; no more than the model's context.</param>
    public KeyValueCache CreateCache(int rows, int capacity) => _other is not null ? _other.CreateCache(rows, capacity) : _own is null ? new OnnxKeyValueCache(_onnx!, rows, capacity) : new CpuKeyValueCache(_own, rows, capacity);

    /// <inheritdoc />
    public void Dispose()
    {
        _own?.Dispose();
        _onnx?.Dispose();
        _other?.Dispose();
    }

    // Mapped weights that do not fit would be read from disk anew for every token.
    private static void CheckMemory(string path, DecoderMetadata metadata, LanguageModelOptions options)
    {
        const long megabyte = 1 << 20;
        var memory = options.MemoryLimit ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (metadata.DataLength > memory)
        {
            throw new ModelException(
                $"{path} has {metadata.DataLength / megabyte} MB of weights, and there are {memory / megabyte} MB of memory: serve a file of fewer bits ('trainer-job export --q4' makes one), or give the process more memory.");
        }
    }

    private static void CheckData(string path, DecoderMetadata metadata)
    {
        var name = metadata.DataFile;
        if (name != System.IO.Path.GetFileName(name))
        {
            throw new ModelException($"{path} names '{name}' as its data, which is not a file beside it: the file is damaged, export the model again.");
        }

        var data = new FileInfo(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, name));
        if (!data.Exists || data.Length != metadata.DataLength)
        {
            throw new ModelException($"{data.FullName} has {(data.Exists ? data.Length : 0)} bytes, and {path} says {metadata.DataLength}: the file is damaged or of another model, export the model again.");
        }
    }
}
