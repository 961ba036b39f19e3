using System.Text;
using System.Text.Json;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Models;

namespace Pipeline.Benchmarks.Decode;

/// <summary>
/// A GPT-2 as GGUF version 3, for llama.cpp (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): matrices in blocks of 32
/// values, position embeddings, norms and biases in 32 bits.
/// </summary>
internal static class GgufWriter
{
    private const int Alignment = 32;
    private const uint TypeUInt32 = 4;
    private const uint TypeInt32 = 5;
    private const uint TypeFloat = 6;
    private const uint TypeText = 8;
    private const uint TypeArray = 9;

    /// <summary>Writes a file of these weights.</summary>
    public static void Write(string path, ModelShape shape, ParameterSet weights, GgufType type) =>
        Write(path, shape, type, [.. Tensors(shape, name => weights[name].Values, type)], tensor => tensor.Encode());

    /// <summary>Writes a file of random stored values.</summary>
    public static void WriteRandom(string path, ModelShape shape, RandomWeights weights, GgufType type)
    {
        var random = new Random(1);
        Write(path, shape, type, [.. Tensors(shape, name => weights[name], type)], tensor => tensor.EncodeRandom(random, RandomWeights.Deviation));
    }

    private static void Write(string path, ModelShape shape, GgufType type, List<GgufTensor> tensors, Func<GgufTensor, byte[]> encode)
    {
        var temporary = path + ".partial";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        using (var header = new BinaryWriter(file, Encoding.UTF8))
        {
            var keys = Keys(shape, type).ToList();
            header.Write("GGUF"u8);
            header.Write(3u);
            header.Write((ulong)tensors.Count);
            header.Write((ulong)keys.Count);
            keys.ForEach(key => header.Write(key));
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                Text(header, tensor.Name);
                header.Write((uint)(tensor.Rows == 0 ? 1 : 2));
                header.Write((ulong)tensor.Columns);
                if (tensor.Rows > 0)
                {
                    header.Write((ulong)tensor.Rows);
                }

                header.Write((uint)tensor.Type);
                header.Write((ulong)offset);
                offset += Padded(tensor.Bytes);
            }

            foreach (var tensor in tensors)
            {
                header.Flush();
                file.Write(new byte[Padded(file.Position) - file.Position]);
                file.Write(encode(tensor));
            }

            file.Write(new byte[Padded(file.Position) - file.Position]);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private delegate ReadOnlySpan<float> TensorReader(string name);

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static IEnumerable<byte[]> Keys(ModelShape shape, GgufType type)
    {
        yield return Key("general.architecture", TypeText, writer => Text(writer, "gpt2"));
        yield return Key("general.name", TypeText, writer => Text(writer, "random"));
        yield return Key("general.quantization_version", TypeUInt32, writer => writer.Write(2u));
        // The file types of llama.cpp: 0 all F32, 2 mostly Q4_0, 7 mostly Q8_0.
        yield return Key("general.file_type", TypeUInt32, writer => writer.Write(type switch { GgufType.Q4 => 2u, GgufType.Q8 => 7u, _ => 0u }));
        yield return Number("gpt2.block_count", shape.Layers);
        yield return Number("gpt2.context_length", shape.Context);
        yield return Number("gpt2.embedding_length", shape.Width);
        yield return Number("gpt2.feed_forward_length", 4 * shape.Width);
        yield return Number("gpt2.attention.head_count", shape.Heads);
        yield return Key("gpt2.attention.layer_norm_epsilon", TypeFloat, writer => writer.Write(1e-5f));
        yield return Key("tokenizer.ggml.model", TypeText, writer => Text(writer, "gpt2"));
        yield return Key("tokenizer.ggml.pre", TypeText, writer => Text(writer, "gpt-2"));
        using var folder = new TemporaryFolder();
        BpeTokenizer.Gpt2().Save(folder.FullName);
        using var vocabulary = JsonDocument.Parse(File.ReadAllBytes(folder.Sub("vocab.json")));
        var names = new string[shape.Vocabulary];
        foreach (var entry in vocabulary.RootElement.EnumerateObject())
        {
            names[entry.Value.GetInt32()] = entry.Name;
        }

        const uint normal = 1;
        const uint control = 3;
        yield return Texts("tokenizer.ggml.tokens", names);
        yield return Key("tokenizer.ggml.token_type", TypeArray, writer =>
        {
            writer.Write(TypeInt32);
            writer.Write((ulong)names.Length);
            Array.ForEach(names, name => writer.Write(name == "<|endoftext|>" ? control : normal));
        });
        yield return Texts("tokenizer.ggml.merges", [.. File.ReadLines(folder.Sub("merges.txt")).Skip(1).Where(line => line.Length > 0)]);
        yield return Number("tokenizer.ggml.bos_token_id", shape.Vocabulary - 1);
        yield return Number("tokenizer.ggml.eos_token_id", shape.Vocabulary - 1);
    }

    private static byte[] Number(string name, int value) => Key(name, TypeUInt32, writer => writer.Write((uint)value));

    private static byte[] Texts(string name, string[] texts) => Key(name, TypeArray, writer =>
    {
        writer.Write(TypeText);
        writer.Write((ulong)texts.Length);
        Array.ForEach(texts, text => Text(writer, text));
    });

    private static byte[] Key(string name, uint type, Action<BinaryWriter> value)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        Text(writer, name);
        writer.Write(type);
        value(writer);
        writer.Flush();
        return bytes.ToArray();
    }

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static IEnumerable<GgufTensor> Tensors(ModelShape shape, TensorReader weights, GgufType type)
    {
        var (c, inner) = (shape.Width, 4 * shape.Width);
        yield return Table("token_embd.weight", "transformer.wte.weight", shape.Vocabulary, type);
        yield return Table("position_embd.weight", "transformer.wpe.weight", shape.Context, GgufType.F32);
        yield return Vector("output_norm.weight", "transformer.ln_f.weight", c);
        yield return Vector("output_norm.bias", "transformer.ln_f.bias", c);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var (to, from) = ($"blk.{layer}.", $"transformer.h.{layer}.");
            foreach (var (name, source) in new[] { ("attn_norm", "ln_1"), ("ffn_norm", "ln_2") })
            {
                yield return Vector($"{to}{name}.weight", $"{from}{source}.weight", c);
                yield return Vector($"{to}{name}.bias", $"{from}{source}.bias", c);
            }

            foreach (var (name, source, outputs, inputs) in new[]
            {
                ("attn_qkv", "attn.c_attn", 3 * c, c), ("attn_output", "attn.c_proj", c, c), ("ffn_up", "mlp.c_fc", inner, c), ("ffn_down", "mlp.c_proj", c, inner),
            })
            {
                yield return new($"{to}{name}.weight", outputs, inputs, type, (row, values) =>
                {
                    // The checkpoint holds [inputs, outputs].
                    var matrix = weights($"{from}{source}.weight");
                    for (var i = 0; i < inputs; i++)
                    {
                        values[i] = matrix[(i * outputs) + row];
                    }
                });
                yield return Vector($"{to}{name}.bias", $"{from}{source}.bias", outputs);
            }
        }

        GgufTensor Vector(string name, string source, int length) => new(name, 0, length, GgufType.F32, (_, values) => weights(source).CopyTo(values));

        GgufTensor Table(string name, string source, int rows, GgufType stored) =>
            new(name, rows, c, stored, (row, values) => weights(source).Slice(row * c, c).CopyTo(values));
    }
}
