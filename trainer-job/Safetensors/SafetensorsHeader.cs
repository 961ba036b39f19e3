using System.Text.Json;
using System.Text.Unicode;

namespace Pipeline.TrainerJob.Safetensors;

/// <summary>
/// The header of a safetensors file: eight bytes of length, then a JSON object of tensor names
/// (https://github.com/huggingface/safetensors#format). Everything it claims is checked against the file before it is believed.
/// </summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, SafetensorsEntry> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    public const string MetadataKey = "__metadata__";

    public const int LengthBytes = sizeof(ulong);

    // The limit of the format's reference implementation.
    private const int LongestHeader = 100_000_000;

    private static readonly Dictionary<string, int> ElementBits = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 8,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E4M3"] = 8,
        ["F8_E5M2"] = 8,
        ["I16"] = 16,
        ["U16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["I32"] = 32,
        ["U32"] = 32,
        ["F32"] = 32,
        ["I64"] = 64,
        ["U64"] = 64,
        ["F64"] = 64,
    };

    /// <exception cref="SafetensorsException">The header lies or cannot be read.</exception>
    public static SafetensorsHeader Read(FileStream file)
    {
        var path = file.Name;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (file.ReadAtLeast(prefix, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
        {
            throw new SafetensorsException(path, $"it has {file.Length} bytes, too few for a safetensors file");
        }

        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader)
        {
            throw new SafetensorsException(path, $"its header claims {length} bytes, more than any safetensors file may have");
        }

        if ((long)length > file.Length - LengthBytes)
        {
            throw new SafetensorsException(path, $"its header claims {length} bytes but only {file.Length - LengthBytes} follow: it is cut short or no safetensors file");
        }

        var json = new byte[length];
        file.ReadExactly(json);
        if (!Utf8.IsValid(json))
        {
            throw new SafetensorsException(path, "its header is not UTF-8");
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(path, document.RootElement, LengthBytes + (long)length, file.Length);
        }
        catch (JsonException exception)
        {
            throw new SafetensorsException(path, "its header is not valid JSON", exception);
        }
    }

    private static SafetensorsHeader Parse(string path, JsonElement root, long dataStart, long fileLength)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new SafetensorsException(path, "its header is not a JSON object");
        }

        var tensors = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (property.NameEquals(MetadataKey))
            {
                ReadMetadata(path, property.Value, metadata);
            }
            else if (!tensors.TryAdd(property.Name, ReadEntry(path, property, dataStart, fileLength)))
            {
                throw new SafetensorsException(path, $"its header names the tensor {property.Name} twice");
            }
        }

        CheckLayout(path, tensors.Values, dataStart, fileLength);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static void ReadMetadata(string path, JsonElement element, Dictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new SafetensorsException(path, $"its {MetadataKey} is not a JSON object");
        }

        foreach (var item in element.EnumerateObject())
        {
            metadata[item.Name] = item.Value.ValueKind == JsonValueKind.String
                ? item.Value.GetString()!
                : throw new SafetensorsException(path, $"its {MetadataKey} holds {item.Name}, which is no text");
        }
    }

    private static SafetensorsEntry ReadEntry(string path, JsonProperty property, long dataStart, long fileLength)
    {
        var name = property.Name;
        if (property.Value.ValueKind != JsonValueKind.Object
            || !property.Value.TryGetProperty("dtype", out var dataType) || dataType.ValueKind != JsonValueKind.String
            || !property.Value.TryGetProperty("shape", out var shape) || Numbers(shape) is not { } sizes
            || !property.Value.TryGetProperty("data_offsets", out var offsets) || Numbers(offsets) is not [var begin, var end])
        {
            throw new SafetensorsException(path, $"its header does not describe the tensor {name} by dtype, shape and two data_offsets");
        }

        if (!ElementBits.TryGetValue(dataType.GetString()!, out var bits))
        {
            throw new SafetensorsException(path, $"the tensor {name} has the unknown type {dataType.GetString()}");
        }

        if (begin > end || end > fileLength - dataStart)
        {
            throw new SafetensorsException(
                path, $"the tensor {name} claims bytes {begin} to {end} of {fileLength - dataStart}: the file is cut short or its header lies");
        }

        var bytes = sizes.Aggregate((Int128)(bits / 8), (product, size) => product > fileLength ? product : product * size);
        if (sizes.Contains(0))
        {
            bytes = 0;
        }

        return bytes == end - begin
            ? new SafetensorsEntry(name, dataType.GetString()!, sizes, dataStart + begin, end - begin)
            : throw new SafetensorsException(path, $"the tensor {name} of {dataType.GetString()}[{string.Join(',', sizes)}] cannot have {end - begin} bytes");
    }

    /// <summary>The numbers of a JSON array, or null if it holds anything but sizes.</summary>
    private static long[]? Numbers(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var numbers = new List<long>();
        foreach (var item in element.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0)
            {
                return null;
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The format wants the tensors side by side, with no byte shared and none left over.</summary>
    private static void CheckLayout(string path, IEnumerable<SafetensorsEntry> tensors, long dataStart, long fileLength)
    {
        var end = dataStart;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Length))
        {
            if (tensor.Offset != end)
            {
                var what = tensor.Offset < end ? "overlaps the tensor before it" : "leaves bytes unused before it";
                throw new SafetensorsException(path, $"the tensor {tensor.Name} {what}");
            }

            end += tensor.Length;
        }

        if (end != fileLength)
        {
            throw new SafetensorsException(path, $"{fileLength - end} bytes follow its last tensor");
        }
    }
}
