using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Checkpoints;

/// <summary>Tensors of a checkpoint as a safetensors file of float32.</summary>
internal static class TensorFile
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Writes tensors and waits until the disk has them.</summary>
    /// <returns>SHA-256 of the file.</returns>
    public static string Write(string path, IReadOnlyList<IStateTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, ChunkBytes);
        var header = Header(tensors);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        Append(length);
        Append(header);
        foreach (var tensor in tensors)
        {
            Append(MemoryMarshal.AsBytes(tensor.Values));
        }

        stream.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            stream.Write(bytes);
        }
    }

    /// <summary>Makes sure that a file which <see cref="Write"/> made holds tensors of these names and shapes.</summary>
    /// <exception cref="InvalidDataException">It does not.</exception>
    public static void Check(string path, IReadOnlyList<IStateTensor> tensors)
    {
        using var stream = Open(path, tensors);
    }

    /// <summary>Reads a file that <see cref="Write"/> made into tensors of the same names and shapes.</summary>
    /// <exception cref="InvalidDataException">The file holds other tensors.</exception>
    public static void Read(string path, IReadOnlyList<IStateTensor> tensors)
    {
        using var stream = Open(path, tensors);
        foreach (var tensor in tensors)
        {
            stream.ReadExactly(MemoryMarshal.AsBytes(tensor.Values));
        }
    }

    private static FileStream Open(string path, IReadOnlyList<IStateTensor> tensors)
    {
        var header = Header(tensors);
        var expected = new byte[sizeof(ulong) + header.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(expected, (ulong)header.Length);
        header.CopyTo(expected, sizeof(ulong));
        var found = new byte[expected.Length];
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, ChunkBytes);
        if (stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && found.AsSpan().SequenceEqual(expected))
        {
            return stream;
        }

        stream.Dispose();
        throw new InvalidDataException($"{Path.GetFileName(path)} holds other tensors than this model");
    }

    private static byte[] Header(IReadOnlyList<IStateTensor> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Values.Length * sizeof(float));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The format asks that the data begin at a multiple of 8; blanks may fill the header.
        var padding = (int)(-buffer.Length & 7);
        buffer.Write(Encoding.ASCII.GetBytes(new string(' ', padding)));
        return buffer.ToArray();
    }
}
