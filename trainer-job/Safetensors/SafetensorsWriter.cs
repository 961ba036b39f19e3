using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Pipeline.TrainerJob.Safetensors;

/// <summary>Writes safetensors files (https://github.com/huggingface/safetensors#format).</summary>
public static class SafetensorsWriter
{
    private const int PieceBytes = 1 << 20;

    /// <summary>
    /// Writes all tensors. The file appears under its name only when it is complete and on the disk; one that was there before stays
    /// whole until then.
    /// </summary>
    /// <returns>SHA-256 of the file, in lower-case hexadecimal.</returns>
    /// <exception cref="ArgumentException">A name occurs twice, or a tensor has not as many elements as its sizes say.</exception>
    public static string Write(string path, IReadOnlyCollection<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = Header(tensors, metadata ?? new Dictionary<string, string>());
        var temporary = path + ".partial";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                var length = new byte[SafetensorsHeader.LengthBytes];
                BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
                Append(length);
                Append(header);
                foreach (var tensor in tensors)
                {
                    // In pieces, so that what is hashed is still at hand when it is written.
                    for (var bytes = tensor.Bytes; bytes.Length > 0; bytes = bytes[Math.Min(PieceBytes, bytes.Length)..])
                    {
                        Append(bytes[..Math.Min(PieceBytes, bytes.Length)]);
                    }
                }

                file.Flush(flushToDisk: true);

                void Append(ReadOnlySpan<byte> bytes)
                {
                    hash.AppendData(bytes);
                    file.Write(bytes);
                }
            }

            File.Move(temporary, path, overwrite: true);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static byte[] Header(IReadOnlyCollection<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(item => item.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            WriteTensors(json, tensors);
            json.WriteEndObject();
        }

        // Blanks after the object put the data on an 8-byte boundary, as the format advises.
        while (stream.Length % sizeof(ulong) != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }

    private static void WriteTensors(Utf8JsonWriter json, IReadOnlyCollection<SafetensorsTensor> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            var length = tensor.Bytes.Length;
            var elements = tensor.Shape.Aggregate(1L, (product, size) => product * size);
            if (!names.Add(tensor.Name) || length != elements * tensor.ElementBytes)
            {
                throw new ArgumentException($"The tensor {tensor.Name} occurs twice or has not [{string.Join(',', tensor.Shape)}] elements.", nameof(tensors));
            }

            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.DataType);
            json.WriteStartArray("shape");
            foreach (var size in tensor.Shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            json.WriteNumberValue(offset += length);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
