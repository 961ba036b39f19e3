using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>The float32 tensors of one safetensors file (https://github.com/huggingface/safetensors#format).</summary>
internal sealed class WeightFile
{
    private readonly byte[] _bytes;
    private readonly Dictionary<string, (string Type, long[] Shape, Range Range)> _tensors = [];

    public WeightFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(_bytes);
        using var json = JsonDocument.Parse(_bytes.AsMemory(8, header));
        foreach (var entry in json.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(x => x.GetInt32() + 8 + header).ToArray();
            _tensors[entry.Name] = (entry.Value.GetProperty("dtype").GetString()!,
                entry.Value.GetProperty("shape").EnumerateArray().Select(x => x.GetInt64()).ToArray(), offsets[0]..offsets[1]);
        }
    }

    public ReadOnlySpan<float> Floats(string name) => Values<float>(name);

    public ReadOnlySpan<T> Values<T>(string name)
        where T : unmanaged => _tensors.TryGetValue(name, out var tensor)
            ? MemoryMarshal.Cast<byte, T>(_bytes.AsSpan()[tensor.Range])
            : throw new ModelException($"{name} is missing.");

    public long[] Shape(string name) => _tensors[name].Shape;
}
