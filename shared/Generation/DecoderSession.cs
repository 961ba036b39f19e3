using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Generation;

/// <summary>
/// One serving file, loaded: the weights of a decoder and the means to run it. Any number of threads may use it at once, each with a
/// <see cref="KeyValueCache"/> of its own.
/// </summary>
public sealed class DecoderSession : IDisposable
{
    private DecoderSession(string path, InferenceSession session, DecoderMetadata metadata)
    {
        Path = path;
        Native = session;
        Metadata = metadata;
        var layers = Enumerable.Range(0, metadata.Shape.Layers);
        PastNames = [.. layers.SelectMany(layer => new[] { $"past_key_values.{layer}.key", $"past_key_values.{layer}.value" })];
        PresentNames = [.. layers.SelectMany(layer => new[] { $"present.{layer}.key", $"present.{layer}.value" })];
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the file says of itself.</summary>
    public DecoderMetadata Metadata { get; }

    /// <summary>The sizes.</summary>
    public ModelShape Shape => Metadata.Shape;

    internal InferenceSession Native { get; }

    internal string[] PastNames { get; }

    internal string[] PresentNames { get; }

    /// <summary>Loads a serving file and checks it against its own metadata.</summary>
    /// <param name="path">An ONNX file of the export.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="ModelException">The file or its data is missing, damaged, of another version, or too large for this machine.</exception>
    public static DecoderSession Open(string path, LanguageModelOptions? options = null)
    {
        if (!File.Exists(path))
        {
            throw new ModelException($"{path} is missing: export the model with 'trainer-job export', or name another serving file.");
        }

        InferenceSession session;
        try
        {
            OrtEnv.Instance().DisableTelemetryEvents();
            using var settings = Settings(options ?? new());
            session = new InferenceSession(path, settings);
        }
        catch (OnnxRuntimeException failure)
        {
            var data = System.IO.Path.GetFileName(path).StartsWith("decoder", StringComparison.Ordinal) ? ModelFiles.DataOf(path) : "the file of weights beside it";
            throw new ModelException($"{path} cannot be loaded: it or {data} is damaged, missing or of another version; export the model again. {failure.Message}", failure);
        }

        try
        {
            var metadata = DecoderMetadata.Parse(session.ModelMetadata.CustomMetadataMap, path);
            CheckData(path, metadata);
            CheckSignature(path, session, metadata);
            return new(path, session, metadata);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Buffers for a number of texts that grow side by side.</summary>
    /// <param name="rows">Texts at most.</param>
    /// <param name="capacity">Tokens a text at most; no more than the model's context.</param>
    public KeyValueCache CreateCache(int rows, int capacity) => new(this, rows, capacity);

    /// <inheritdoc />
    public void Dispose() => Native.Dispose();

    private static SessionOptions Settings(LanguageModelOptions options)
    {
        var settings = new SessionOptions
        {
            IntraOpNumThreads = options.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            // A pattern would be kept for every length of text ever seen, and the arena for the longest.
            EnableMemoryPattern = false,
            EnableCpuMemArena = false,
        };
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spinning ? "1" : "0");
        return settings;
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
            throw new ModelException($"{data.FullName} has {(data.Exists ? data.Length : 0)} bytes instead of {metadata.DataLength}: the file is damaged or of another model, export the model again.");
        }
    }

    private static void CheckSignature(string path, InferenceSession session, DecoderMetadata metadata)
    {
        var shape = metadata.Shape;
        string[] inputs = ["input_ids", "attention_mask", "position_ids", $"past_key_values.{shape.Layers - 1}.value"];
        string[] outputs = ["logits", $"present.{shape.Layers - 1}.value"];
        var missing = inputs.Except(session.InputMetadata.Keys).Concat(outputs.Except(session.OutputMetadata.Keys)).ToList();
        if (missing.Count > 0)
        {
            throw new ModelException($"{path} lacks {string.Join(", ", missing)}: the file is damaged, export the model again.");
        }

        var cache = session.InputMetadata["past_key_values.0.key"].Dimensions;
        var logits = session.OutputMetadata["logits"].Dimensions;
        if (session.InputMetadata.Count != 3 + (2 * shape.Layers) || cache is not [_, var heads, _, var size] || heads != shape.Heads
            || size != metadata.CacheHeadSize || logits is not [_, _, var vocabulary] || vocabulary != shape.Vocabulary)
        {
            throw new ModelException($"{path} has other inputs and outputs than its metadata says: the file is damaged, export the model again.");
        }
    }
}
