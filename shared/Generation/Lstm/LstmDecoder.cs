using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Generation.Lstm;

/// <summary>An LSTM's serving file, run by ONNX Runtime's LSTM operator: the state goes in and comes out.</summary>
internal sealed class LstmDecoder : IDecoder
{
    private LstmDecoder(string path, InferenceSession session, DecoderMetadata metadata) => (Path, Session, Metadata) = (path, session, metadata);

    public string Path { get; }

    public InferenceSession Session { get; }

    public DecoderMetadata Metadata { get; }

    /// <summary>Loads a file and checks its inputs and outputs against its metadata.</summary>
    /// <exception cref="ModelException">It is damaged or of another version.</exception>
    public static LstmDecoder Open(string path, DecoderMetadata metadata, LanguageModelOptions options)
    {
        InferenceSession session;
        try
        {
            OrtEnv.Instance().DisableTelemetryEvents();
            using var settings = OnnxDecoder.Settings(options);
            session = new InferenceSession(path, settings);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new ModelException($"{path} cannot be loaded: it or its data in {metadata.DataFile} is damaged, missing or of another version; export the model again. {failure.Message}", failure);
        }

        var last = metadata.Shape.Layers - 1;
        var fits = session.InputMetadata.Count == 1 + (2 * metadata.Shape.Layers)
            && session.InputMetadata.TryGetValue(LstmConfig.PastOf(last, "c"), out var state) && state.Dimensions is [1, _, var width] && width == metadata.Shape.Width
            && session.OutputMetadata.ContainsKey(LstmConfig.PresentOf(last, "c"))
            && session.OutputMetadata.TryGetValue("logits", out var logits) && logits.Dimensions is [_, _, var vocabulary] && vocabulary == metadata.Shape.Vocabulary;
        if (!fits)
        {
            session.Dispose();
            throw new ModelException($"{path} has other inputs and outputs than its metadata says: the file is damaged, export the model again.");
        }

        return new(path, session, metadata);
    }

    /// <inheritdoc />
    public KeyValueCache CreateCache(int rows, int capacity) => new LstmCache(this, rows, capacity);

    /// <inheritdoc />
    public void Dispose() => Session.Dispose();
}
