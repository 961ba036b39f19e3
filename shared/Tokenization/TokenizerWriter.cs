using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.Tokenization;

/// <summary>Writes a tokenizer's folder as Hugging Face's tools expect it of a GPT-2 tokenizer.</summary>
internal static class TokenizerWriter
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the files, <c>tokenizer.json</c> last: it alone suffices, so a reader that finds it finds everything.</summary>
    public static void Write(BpeVocabulary vocabulary, string folder)
    {
        Directory.CreateDirectory(folder);
        var merges = vocabulary.Merges.Select((merge, rank) => new NamedMerge(vocabulary.Name(merge.Left), vocabulary.Name(merge.Right), rank)).ToList();
        WriteJson(folder, TokenizerFiles.Vocabulary, writer => WriteVocabulary(writer, vocabulary));
        TokenizerFiles.Write(Path.Combine(folder, TokenizerFiles.Merges), Encoding.UTF8.GetBytes(MergesFile.Format(merges)));
        WriteJson(folder, TokenizerFiles.Configuration, writer => WriteConfiguration(writer, vocabulary));
        WriteJson(folder, TokenizerFiles.SpecialTokens, writer =>
        {
            writer.WriteStartObject();
            WriteRoles(writer);
            writer.WriteEndObject();
        });
        WriteJson(folder, TokenizerFiles.Tokenizer, writer => WriteTokenizer(writer, vocabulary, merges));
    }

    private static void WriteJson(string folder, string name, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }

        buffer.WriteByte((byte)'\n');
        TokenizerFiles.Write(Path.Combine(folder, name), buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteTokenizer(Utf8JsonWriter writer, BpeVocabulary vocabulary, List<NamedMerge> merges)
    {
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        writer.WriteNull("truncation");
        writer.WriteNull("padding");
        writer.WriteStartArray("added_tokens");
        foreach (var (id, name) in vocabulary.SpecialTokens.OrderBy(token => token.Key))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", id);
            WriteTokenOptions(writer, name);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNull("normalizer");
        WriteByteLevel(writer, "pre_tokenizer", trimOffsets: true);
        WriteByteLevel(writer, "post_processor", trimOffsets: false);
        WriteByteLevel(writer, "decoder", trimOffsets: true);
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        writer.WriteNull("dropout");
        writer.WriteNull("unk_token");
        writer.WriteString("continuing_subword_prefix", "");
        writer.WriteString("end_of_word_suffix", "");
        writer.WriteBoolean("fuse_unk", false);
        writer.WriteBoolean("byte_fallback", false);
        writer.WriteBoolean("ignore_merges", false);
        writer.WritePropertyName("vocab");
        WriteVocabulary(writer, vocabulary);
        writer.WriteStartArray("merges");
        foreach (var merge in merges)
        {
            writer.WriteStringValue($"{merge.Left} {merge.Right}");
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteVocabulary(Utf8JsonWriter writer, BpeVocabulary vocabulary)
    {
        writer.WriteStartObject();
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            writer.WriteNumber(vocabulary.Name(id), id);
        }

        writer.WriteEndObject();
    }

    private static void WriteConfiguration(Utf8JsonWriter writer, BpeVocabulary vocabulary)
    {
        writer.WriteStartObject();
        writer.WriteString("tokenizer_class", "GPT2Tokenizer");
        writer.WriteBoolean("add_prefix_space", false);
        writer.WriteBoolean("clean_up_tokenization_spaces", false);
        writer.WriteString("errors", "replace");
        WriteRoles(writer);
        writer.WriteStartObject("added_tokens_decoder");
        foreach (var (id, name) in vocabulary.SpecialTokens.OrderBy(token => token.Key))
        {
            writer.WriteStartObject($"{id}");
            WriteTokenOptions(writer, name);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTokenOptions(Utf8JsonWriter writer, string name)
    {
        writer.WriteString("content", name);
        writer.WriteBoolean("single_word", false);
        writer.WriteBoolean("lstrip", false);
        writer.WriteBoolean("rstrip", false);
        writer.WriteBoolean("normalized", false);
        writer.WriteBoolean("special", true);
    }

    private static void WriteRoles(Utf8JsonWriter writer)
    {
        writer.WriteString("bos_token", BpeVocabulary.EndOfText);
        writer.WriteString("eos_token", BpeVocabulary.EndOfText);
        writer.WriteString("unk_token", BpeVocabulary.EndOfText);
    }

    private static void WriteByteLevel(Utf8JsonWriter writer, string name, bool trimOffsets)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", false);
        writer.WriteBoolean("trim_offsets", trimOffsets);
        writer.WriteBoolean("use_regex", true);
        writer.WriteEndObject();
    }
}
