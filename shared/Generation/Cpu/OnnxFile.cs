using System.Globalization;
using System.Text;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// What an ONNX file of the export says besides its graph: metadata and initializers. Reads the Protocol Buffers wire format
/// (https://protobuf.dev/programming-guides/encoding/) of the messages in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
/// </summary>
internal sealed class OnnxFile
{
    // Field numbers of ModelProto, GraphProto, TensorProto and StringStringEntryProto.
    private const int ModelGraph = 7;
    private const int ModelMetadata = 14;
    private const int GraphInitializer = 5;
    private const int TensorDimensions = 1;
    private const int TensorName = 8;
    private const int TensorRaw = 9;
    private const int TensorExternal = 13;
    private const int EntryKey = 1;
    private const int EntryValue = 2;

    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxTensor> _tensors = new(StringComparer.Ordinal);

    private OnnxFile()
    {
    }

    /// <summary>Keys and values that the exporting program left.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The initializers by name.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Tensors => _tensors;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">It is no ONNX file.</exception>
    public static OnnxFile Read(string path)
    {
        try
        {
            var file = new OnnxFile();
            foreach (var (field, value) in new Fields(File.ReadAllBytes(path)))
            {
                switch (field)
                {
                    case ModelGraph:
                        file.ReadGraph(value);
                        break;
                    case ModelMetadata:
                        var (key, text) = Entry(value);
                        file._metadata[key] = text;
                        break;
                }
            }

            return file;
        }
        catch (Exception failure) when (failure is InvalidDataException or FormatException or OverflowException)
        {
            throw new ModelException($"{path} is damaged: export the model again. {failure.Message}", failure);
        }
    }

    private void ReadGraph(ReadOnlyMemory<byte> graph)
    {
        foreach (var (field, value) in new Fields(graph))
        {
            if (field == GraphInitializer)
            {
                ReadTensor(value);
            }
        }
    }

    private void ReadTensor(ReadOnlyMemory<byte> message)
    {
        var (name, raw, offset, length, shape) = ("", ReadOnlyMemory<byte>.Empty, -1L, 0L, new List<long>());
        foreach (var (field, value) in new Fields(message))
        {
            switch (field)
            {
                case TensorDimensions:
                    for (var rest = value; rest.Length > 0;)
                    {
                        shape.Add(checked((long)Fields.Varint(ref rest)));
                    }

                    break;
                case TensorName:
                    name = Encoding.UTF8.GetString(value.Span);
                    break;
                case TensorRaw:
                    raw = value;
                    break;
                case TensorExternal:
                    var (key, text) = Entry(value);
                    switch (key)
                    {
                        case "offset":
                            offset = long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
                            break;
                        case "length":
                            length = long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
                            break;
                    }

                    break;
            }
        }

        _tensors[name] = new(shape, raw, offset, offset < 0 ? raw.Length : length);
    }

    private static (string Key, string Value) Entry(ReadOnlyMemory<byte> message)
    {
        var (key, text) = ("", "");
        foreach (var (field, value) in new Fields(message))
        {
            if (field is EntryKey)
            {
                key = Encoding.UTF8.GetString(value.Span);
            }
            else if (field is EntryValue)
            {
                text = Encoding.UTF8.GetString(value.Span);
            }
        }

        return (key, text);
    }

    /// <summary>The fields of a message: a nested message, text, bytes, or the encoded form of a number.</summary>
    private readonly struct Fields(ReadOnlyMemory<byte> message)
    {
        public IEnumerator<(int Field, ReadOnlyMemory<byte> Value)> GetEnumerator()
        {
            for (var rest = message; rest.Length > 0;)
            {
                var tag = Varint(ref rest);
                var before = rest;
                switch (tag & 7)
                {
                    case 0:
                        Varint(ref rest);
                        yield return ((int)(tag >> 3), before[..^rest.Length]);
                        break;
                    case 1:
                        yield return ((int)(tag >> 3), Take(ref rest, 8));
                        break;
                    case 2:
                        yield return ((int)(tag >> 3), Take(ref rest, Varint(ref rest)));
                        break;
                    case 5:
                        yield return ((int)(tag >> 3), Take(ref rest, 4));
                        break;
                    default:
                        throw new InvalidDataException($"Wire type {tag & 7} is unknown.");
                }
            }
        }

        public static ulong Varint(ref ReadOnlyMemory<byte> from)
        {
            var number = 0UL;
            var bytes = from.Span;
            for (var i = 0; i < Math.Min(bytes.Length, 10); i++)
            {
                number |= (ulong)(bytes[i] & 127) << (7 * i);
                if (bytes[i] < 128)
                {
                    from = from[(i + 1)..];
                    return number;
                }
            }

            throw new InvalidDataException("A number has no end.");
        }

        private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> from, ulong length)
        {
            if (length > (ulong)from.Length)
            {
                throw new InvalidDataException($"A field of {length} bytes begins {from.Length} bytes before the end.");
            }

            var taken = from[..(int)length];
            from = from[(int)length..];
            return taken;
        }
    }
}

/// <summary>An initializer: where its numbers are.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Inline">Its bytes, if they are in the file itself.</param>
/// <param name="Offset">Where they begin in the data file, or -1.</param>
/// <param name="Length">How many bytes they are.</param>
internal sealed record OnnxTensor(IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Inline, long Offset, long Length);
