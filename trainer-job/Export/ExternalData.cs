using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// The file of raw tensors beside an ONNX model. Each tensor starts at a multiple of 4096 bytes so that it can be mapped as it lies
/// (https://onnx.ai/onnx/repo-docs/ExternalData.html).
/// </summary>
/// <param name="path">The file to write.</param>
internal sealed class ExternalData(string path) : IDisposable
{
    private const int PageSize = 4096;

    // Below a page a file of its own costs more than it saves, and the shape inference of loaders can see inline values.
    private const int InlineLimit = 1024;

    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
    private readonly string _name = Path.GetFileName(path);

    /// <summary>Bytes written so far, gaps included.</summary>
    public long Length => _file.Length;

    /// <summary>A tensor of these values, inline when it is small.</summary>
    public TensorProto Add<T>(string name, TensorProto.Types.DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var tensor = Tensor(name, type, shape);
        if (bytes.Length < InlineLimit)
        {
            tensor.RawData = ByteString.CopyFrom(bytes);
            return tensor;
        }

        return Stored(tensor, Append(bytes), bytes.Length);
    }

    /// <summary>Writes bytes that several tensors share; see <see cref="Shared"/>.</summary>
    public long Append(ReadOnlySpan<byte> bytes)
    {
        var offset = (_file.Position + PageSize - 1) / PageSize * PageSize;
        _file.SetLength(offset);
        _file.Position = offset;
        _file.Write(bytes);
        return offset;
    }

    /// <summary>A tensor over bytes that are already in the file.</summary>
    public TensorProto Shared(string name, TensorProto.Types.DataType type, ReadOnlySpan<long> shape, long offset, long length) =>
        Stored(Tensor(name, type, shape), offset, length);

    /// <summary>Writes everything through to the disk.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private static TensorProto Tensor(string name, TensorProto.Types.DataType type, ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type };
        foreach (var dimension in shape)
        {
            tensor.Dims.Add(dimension);
        }

        return tensor;
    }

    private TensorProto Stored(TensorProto tensor, long offset, long length)
    {
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = _name });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length.ToString(CultureInfo.InvariantCulture) });
        return tensor;
    }
}
