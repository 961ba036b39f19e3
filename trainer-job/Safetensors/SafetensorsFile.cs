using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Pipeline.TrainerJob.Safetensors;

/// <summary>
/// A safetensors file opened for reading. Opening reads and checks the header alone; each tensor is read when asked for. All numbers are
/// little-endian, as the format wants them.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ReadSize = 1 << 20;

    private readonly FileStream _file;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(FileStream file, SafetensorsHeader header)
    {
        _file = file;
        _header = header;
    }

    /// <summary>The file's path.</summary>
    public string Path => _file.Name;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors => _header.Tensors;

    /// <summary>The texts that the writer added.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file.</summary>
    /// <exception cref="SafetensorsException">Its header lies or cannot be read.</exception>
    /// <exception cref="IOException">It is not there or cannot be opened.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            return new SafetensorsFile(file, SafetensorsHeader.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor of F32, F16 or BF16 as float32 into memory of exactly its size.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, it has another type or size, or the file has changed.</exception>
    public void ReadNumbers(string name, Span<float> destination)
    {
        var entry = Entry(name);
        if (entry.Elements != destination.Length)
        {
            throw new SafetensorsException(Path, $"the tensor {name} has {entry.Elements} elements, not {destination.Length}");
        }

        ReadNumbers(name, 0, destination);
    }

    /// <summary>Reads a stretch of a tensor of F32, F16 or BF16 as float32.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="first">The first element, in row-major order.</param>
    /// <param name="destination">As many elements as are wanted.</param>
    /// <exception cref="SafetensorsException">There is no such tensor or stretch, it has another type, or the file has changed.</exception>
    public void ReadNumbers(string name, long first, Span<float> destination)
    {
        var entry = Entry(name);
        if (first < 0 || first + destination.Length > entry.Elements)
        {
            throw new SafetensorsException(Path, $"the tensor {name} has {entry.Elements} elements, none from {first} to {first + destination.Length}");
        }

        switch (entry.DataType)
        {
            case "F32":
                ReadExactly(entry, first * sizeof(float), MemoryMarshal.AsBytes(destination));
                break;
            case "F16":
                ReadHalves(entry, first, destination, (source, target) => TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), target));
                break;
            case "BF16":
                ReadHalves(entry, first, destination, WidenBrain);
                break;
            default:
                throw new SafetensorsException(Path, $"the tensor {name} is {entry.DataType}; F32, F16 or BF16 is needed");
        }
    }

    /// <summary>Reads a tensor of F32, F16 or BF16 as float32.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, it has another type, or the file has changed.</exception>
    public float[] ReadNumbers(string name)
    {
        var values = new float[Entry(name).Elements];
        ReadNumbers(name, values);
        return values;
    }

    /// <summary>Reads a tensor of I64.</summary>
    /// <exception cref="SafetensorsException">There is no such tensor, it has another type, or the file has changed.</exception>
    public long[] ReadIndices(string name)
    {
        var entry = Entry(name);
        if (entry.DataType != "I64")
        {
            throw new SafetensorsException(Path, $"the tensor {name} is {entry.DataType}; I64 is needed");
        }

        var values = new long[entry.Elements];
        ReadExactly(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private delegate void Widening(ReadOnlySpan<byte> source, Span<float> target);

    /// <summary>A bfloat16 is the upper half of a float32.</summary>
    private static void WidenBrain(ReadOnlySpan<byte> source, Span<float> target)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(source);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        }
    }

    private SafetensorsEntry Entry(string name) =>
        Tensors.GetValueOrDefault(name) ?? throw new SafetensorsException(Path, $"it has no tensor {name}");

    private void ReadHalves(SafetensorsEntry entry, long first, Span<float> destination, Widening widen)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        try
        {
            for (var done = 0; done < destination.Length;)
            {
                var count = Math.Min(destination.Length - done, ReadSize / sizeof(ushort));
                var bytes = buffer.AsSpan(0, count * sizeof(ushort));
                ReadExactly(entry, (first + done) * sizeof(ushort), bytes);
                widen(bytes, destination.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadExactly(SafetensorsEntry entry, long start, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(_file.SafeFileHandle, destination, entry.Offset + start);
            if (read == 0)
            {
                throw new SafetensorsException(Path, $"it ended within the tensor {entry.Name}: it was changed while it was read");
            }

            start += read;
            destination = destination[read..];
        }
    }
}
