using System.Globalization;
using Pipeline.Generation.Ctrl;

namespace Pipeline.Generation;

/// <summary>What a serving file says of itself in the ONNX model's metadata; written by the export, checked before a file serves.</summary>
/// <param name="Shape">The sizes.</param>
/// <param name="CacheHeadSize">Last dimension of the key and value buffers: the head size, or the next multiple of 8.</param>
/// <param name="Quantization"><c>none</c>, or the form of the weights, such as <c>int8</c>.</param>
/// <param name="DataFile">Name of the file beside it that holds the weights.</param>
/// <param name="DataLength">Length of that file in bytes: a truncated file is told before it is mapped.</param>
public sealed record DecoderMetadata(ModelShape Shape, int CacheHeadSize, string Quantization, string DataFile, long DataLength)
{
    /// <summary>What the graph computes: <see cref="Gpt2"/> or another name of <c>model_type</c>.</summary>
    public string Architecture { get; init; } = Shape.Architecture ?? Gpt2;

    /// <summary>Version of this form; a file of another version is refused.</summary>
    public const int Format = 1;

    private const string Prefix = "pipeline.";

    /// <summary>The usual architecture.</summary>
    public const string Gpt2 = "gpt2";

    private const float UsualEpsilon = 1e-5f;

    /// <summary>Added to the variance by every layer norm.</summary>
    public float Epsilon { get; init; } = UsualEpsilon;

    /// <summary>The keys and values to store. <c>logits</c> and <c>padding</c> tell other readers what the graph gives and takes.</summary>
    public IReadOnlyDictionary<string, string> ToProperties() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Prefix + "format"] = Text(Format),
        [Prefix + "architecture"] = Architecture,
        [Prefix + "layers"] = Text(Shape.Layers),
        [Prefix + "heads"] = Text(Shape.Heads),
        [Prefix + "width"] = Text(Shape.Width),
        [Prefix + "inner_width"] = Text(Shape.InnerWidth),
        [Prefix + "context"] = Text(Shape.Context),
        [Prefix + "vocabulary"] = Text(Shape.Vocabulary),
        [Prefix + "cache_head_size"] = Text(CacheHeadSize),
        [Prefix + "epsilon"] = Epsilon.ToString("R", CultureInfo.InvariantCulture),
        [Prefix + "quantization"] = Quantization,
        [Prefix + "data_file"] = DataFile,
        [Prefix + "data_length"] = Text(DataLength),
        [Prefix + "logits"] = "last position",
        [Prefix + "padding"] = "right",
    };

    /// <summary>Reads what <see cref="ToProperties"/> wrote.</summary>
    /// <param name="properties">Metadata of the file.</param>
    /// <param name="path">The file, for the message.</param>
    /// <exception cref="ModelException">A key is missing or holds no sensible value.</exception>
    public static DecoderMetadata Parse(IReadOnlyDictionary<string, string> properties, string path)
    {
        if (!properties.TryGetValue(Prefix + "format", out var format))
        {
            throw new ModelException($"{path} was not written by this product's export: export the model again with 'trainer-job export'.");
        }

        if (format != Text(Format))
        {
            throw new ModelException($"{path} has format {format}, this program reads format {Text(Format)}: export the model again.");
        }

        var shape = new ModelShape((int)Number("layers"), (int)Number("heads"), (int)Number("width"), (int)Number("context"), (int)Number("vocabulary"));
        var architecture = properties.GetValueOrDefault(Prefix + "architecture", Gpt2);
        if (architecture == CtrlConfig.Type)
        {
            shape = shape with { Architecture = architecture, Inner = (int)Number("inner_width") };
        }

        return new(shape, (int)Number("cache_head_size"), Value("quantization"), Value("data_file"), Number("data_length")) { Epsilon = Epsilon(), Architecture = architecture };

        // Files of earlier exports do not say it.
        float Epsilon() => !properties.TryGetValue(Prefix + "epsilon", out var text) ? UsualEpsilon
            : float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var epsilon) && epsilon is > 0 and < 1
                ? epsilon
                : throw new ModelException($"{path} has '{text}' as metadata '{Prefix}epsilon': the file is damaged, export the model again.");

        string Value(string key) => properties.TryGetValue(Prefix + key, out var value)
            ? value
            : throw new ModelException($"{path} lacks the metadata '{Prefix}{key}': the file is damaged, export the model again.");

        long Number(string key) =>
            long.TryParse(Value(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1L << 40
            && (key == "data_length" || number <= int.MaxValue)
                ? number
                : throw new ModelException($"{path} has '{Value(key)}' as metadata '{Prefix}{key}': the file is damaged, export the model again.");
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
