using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Generation;

/// <summary>A serving file run by ONNX Runtime, on any processor.</summary>
internal sealed class OnnxDecoder : IDisposable
{
    private OnnxDecoder(string path, InferenceSession session, DecoderMetadata metadata)
    {
        Path = path;
        Session = session;
        Metadata = metadata;
        var layers = Enumerable.Range(0, metadata.Shape.Layers);
        PastNames = [.. layers.SelectMany(layer => new[] { $"past_key_values.{layer}.key", $"past_key_values.{layer}.value" })];
        PresentNames = [.. layers.SelectMany(layer => new[] { $"present.{layer}.key", $"present.{layer}.value" })];
    }

    public string Path { get; }

    public InferenceSession Session { get; }

    public DecoderMetadata Metadata { get; }

    public string[] PastNames { get; }

    public string[] PresentNames { get; }

    /// <summary>Loads a file and checks its inputs and outputs against its metadata.</summary>
    /// <exception cref="ModelException">It is damaged, of another version, or too large for this machine.</exception>
    public static OnnxDecoder Open(string path, DecoderMetadata metadata, LanguageModelOptions options)
    {
        InferenceSession session;
        try
        {
            OrtEnv.Instance().DisableTelemetryEvents();
            using var settings = Settings(options);
            session = new InferenceSession(path, settings);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new ModelException($"{path} cannot be loaded: it or its data in {metadata.DataFile} is damaged, missing or of another version; export the model again. {failure.Message}", failure);
        }

        try
        {
            CheckSignature(path, session, metadata);
            return new(path, session, metadata);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => Session.Dispose();

    /// <summary>ONNX Runtime's settings for a serving file.</summary>
    public static SessionOptions Settings(LanguageModelOptions options)
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
