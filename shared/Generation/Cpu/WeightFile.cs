using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Pipeline.Generation.Cpu;

/// <summary>The tensors of a serving file: its data mapped as it lies, small ones copied beside.</summary>
internal sealed unsafe class WeightFile : IDisposable
{
    private readonly string _path;
    private readonly OnnxFile _file;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;
    private readonly List<nint> _copies = [];
    private byte* _data;

    public WeightFile(string path, OnnxFile file, DecoderMetadata metadata)
    {
        _path = path;
        _file = file;
        _length = metadata.DataLength;
        var data = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, metadata.DataFile);
        _mapping = MemoryMappedFile.CreateFromFile(data, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _mapping.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
    }

    /// <summary>A vector or table of 32-bit numbers.</summary>
    /// <exception cref="ModelException">It is missing or has another size.</exception>
    public float* Floats(string name, long count) => (float*)Bytes(name, count * sizeof(float));

    /// <summary>A vector of any length.</summary>
    public float* Floats(string name, out int count)
    {
        count = (int)Math.Min(Tensor(name).Length / sizeof(float), int.MaxValue);
        return Floats(name, count);
    }

    /// <summary>A matrix in blocks of 32 values.</summary>
    /// <param name="name">Its name without ending.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns, a multiple of 32.</param>
    /// <exception cref="ModelException">It is missing or has another size.</exception>
    public BlockWeights Blocks(string name, int rows, int columns)
    {
        var blocks = columns / BlockWeights.Size;
        var values = Tensor(name + ".weight");
        var bits = values.Length == (long)rows * columns ? 8 : 4;
        var zeroPoints = _file.Tensors.ContainsKey(name + ".zero_points") ? Bytes(name + ".zero_points", (long)rows * ((blocks + 1) / 2)) : null;
        return new(rows, columns, bits, Bytes(name + ".weight", (long)rows * columns * bits / 8), Floats(name + ".scales", (long)rows * blocks), bits == 8 ? null : zeroPoints);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
        _copies.ForEach(copy => NativeMemory.AlignedFree((void*)copy));
    }

    private OnnxTensor Tensor(string name) =>
        _file.Tensors.TryGetValue(name, out var tensor) ? tensor : throw new ModelException($"{_path} lacks {name}: the file is damaged, export the model again.");

    private byte* Bytes(string name, long count)
    {
        var tensor = Tensor(name);
        if (tensor.Length != count || (tensor.Offset >= 0 && tensor.Offset > _length - count) || (tensor.Offset < 0 && tensor.Inline.Length != count))
        {
            throw new ModelException($"{_path} holds {tensor.Length} bytes of {name} instead of {count}: the file is damaged, export the model again.");
        }

        if (tensor.Offset >= 0)
        {
            return _data + tensor.Offset;
        }

        var copy = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(count, 1), 64);
        _copies.Add((nint)copy);
        tensor.Inline.Span.CopyTo(new(copy, (int)count));
        return copy;
    }
}
