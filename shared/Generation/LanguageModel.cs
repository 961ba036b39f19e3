using Pipeline.Corpus;
using Pipeline.Generation.Ctrl;
using Pipeline.Generation.Markov;
using Pipeline.Tokenization;

namespace Pipeline.Generation;

/// <summary>
/// A model folder, ready to generate: one session for all requests of the process, its tokenizer, and key-value buffers that go from
/// one request to the next. Thread-safe.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    /// <summary>The 8-bit file, which serves unless the folder's manifest says otherwise.</summary>
    public const string QuantizedFile = "onnx/decoder_quantized.onnx";

    /// <summary>The 4-bit file, made on request.</summary>
    public const string FourBitFile = "onnx/decoder_q4.onnx";

    /// <summary>The 32-bit file.</summary>
    public const string Float32File = "onnx/decoder.onnx";

    // Buffers are as long as they must be, in steps that let most requests share them.
    private const int CapacityStep = 128;

    private readonly DecoderSession _session;
    private readonly List<KeyValueCache> _idle = [];
    private readonly Lock _lock = new();
    private readonly int _kept;
    private bool _disposed;

    private LanguageModel(DecoderSession session, BpeTokenizer tokenizer, ControlWords? controlWords, string servingFile, int kept)
    {
        ControlWords = controlWords;
        _session = session;
        Tokenizer = tokenizer;
        ServingFile = servingFile;
        _kept = kept;
    }

    /// <summary>The sizes.</summary>
    public ModelShape Shape => _session.Shape;

    /// <summary>What the serving file says of itself.</summary>
    public DecoderMetadata Metadata => _session.Metadata;

    /// <summary>Text to tokens and back.</summary>
    public BpeTokenizer Tokenizer { get; }

    /// <summary>The words that a text of this model must begin with; null if any text will do.</summary>
    public ControlWords? ControlWords { get; }

    /// <summary>What a new text begins with: the end of the text before, or the usual control code where there must be one.</summary>
    public int StartToken => ControlWords?.Usual ?? Tokenizer.EndOfTextId;

    /// <summary>The file in use, relative to the folder.</summary>
    public string ServingFile { get; }

    /// <summary>Key-value buffers made so far: stays small however many requests there were.</summary>
    internal int CachesCreated { get; private set; }

    /// <summary>Loads a model folder.</summary>
    /// <param name="folder">The folder with <c>config.json</c>, the tokenizer and <c>onnx/</c>.</param>
    /// <param name="servingFile">Which ONNX file; null takes the manifest's, without manifest the 8-bit one if it is there, else the 32-bit one.</param>
    /// <param name="options">How it runs.</param>
    /// <exception cref="ModelException">A file is missing, damaged, or does not fit the others.</exception>
    public static LanguageModel Load(string folder, string? servingFile = null, LanguageModelOptions? options = null)
    {
        options ??= new();
        var shape = ModelKind.ShapeOf(folder);
        var tokenizer = LoadTokenizer(folder);
        if (tokenizer.VocabularySize > shape.Vocabulary)
        {
            throw new ModelException($"The tokenizer in {folder} has {tokenizer.VocabularySize} tokens, the model {shape.Vocabulary}: they belong to different models.");
        }

        servingFile ??= ServingManifest.ServingFileOf(folder)
            ?? new[] { QuantizedFile, NgramFile.Name }.FirstOrDefault(file => File.Exists(Path.Combine(folder, file))) ?? Float32File;
        var path = Path.GetFullPath(Path.Combine(folder, servingFile));
        if (Path.GetRelativePath(folder, path).StartsWith("..", StringComparison.Ordinal))
        {
            throw new ModelException($"The serving file '{servingFile}' is not in {folder}.");
        }

        var session = DecoderSession.Open(path, options);
        if (session.Shape != shape)
        {
            var found = session.Shape;
            session.Dispose();
            throw new ModelException($"{path} is {found}, {Path.Combine(folder, ModelConfig.FileName)} says {shape}: they belong to different models.");
        }

        return new(session, tokenizer, shape.IsCtrl ? new(ControlCodeList.Read(folder), tokenizer) : null, servingFile, options.KeptCaches);
    }

    /// <summary>What runs the serving file.</summary>
    public DecoderEngine Engine => _session.Engine;

    /// <summary>Buffers for texts as long as the context, kept by the caller until it disposes of them.</summary>
    internal KeyValueCache CreateCache(int rows) => _session.CreateCache(rows, Shape.Context);

    /// <summary>How many of a prompt's tokens stay in front when the text outgrows the context: at least the control code, where there must be one.</summary>
    /// <exception cref="InvalidSamplingException">The prompt does not begin with a control code of the model.</exception>
    internal int HeaderTokens(GenerationRequest request, ReadOnlySpan<int> prompt)
    {
        ControlWords?.Check(prompt, Tokenizer);
        return Math.Min(Math.Max(request.HeaderTokens, ControlWords is null ? 0 : 1), prompt.Length);
    }

    /// <summary>Buffers for one request; give them back with <see cref="Return"/>.</summary>
    internal KeyValueCache Rent(int rows, int tokens)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var fitting = _idle.Where(cache => cache.MaximumRows >= rows && cache.Capacity >= tokens).MinBy(cache => (long)cache.MaximumRows * cache.Capacity);
            if (fitting is not null)
            {
                _idle.Remove(fitting);
                return fitting;
            }

            CachesCreated++;
        }

        var capacity = Math.Min((tokens + CapacityStep - 1) / CapacityStep * CapacityStep, Shape.Context);
        return _session.CreateCache(rows, capacity);
    }

    /// <summary>Takes buffers back. Of too many the oldest goes.</summary>
    internal void Return(KeyValueCache cache)
    {
        lock (_lock)
        {
            _idle.Add(cache);
            while (_idle.Count > (_disposed ? 0 : _kept))
            {
                _idle[0].Dispose();
                _idle.RemoveAt(0);
            }
        }
    }

    /// <summary>Frees the session and all idle buffers. No request may be running.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _idle.ForEach(cache => cache.Dispose());
            _idle.Clear();
        }

        _session.Dispose();
    }

    private static BpeTokenizer LoadTokenizer(string folder)
    {
        try
        {
            return BpeTokenizer.Load(folder);
        }
        catch (Exception failure) when (failure is TokenizerException or IOException)
        {
            throw new ModelException($"The tokenizer in {folder} cannot be loaded: {failure.Message}", failure);
        }
    }
}
