using System.Text.Json;

namespace Pipeline.Tokenization;

/// <summary>Reads a tokenizer's folder, whoever wrote it.</summary>
internal static class TokenizerReader
{
    private const string Remedy = "save the tokenizer there again, or name another folder";

    /// <summary>The folder's vocabulary.</summary>
    /// <exception cref="TokenizerException">A file is missing, broken, or asks for what byte-level byte-pair encoding does not do.</exception>
    public static BpeVocabulary Read(string folder)
    {
        var tokenizer = Path.Combine(folder, TokenizerFiles.Tokenizer);
        var vocabulary = Path.Combine(folder, TokenizerFiles.Vocabulary);
        if (File.Exists(tokenizer))
        {
            return Parse(tokenizer, ReadTokenizer);
        }

        if (!File.Exists(vocabulary))
        {
            throw new TokenizerException($"{folder} holds neither {TokenizerFiles.Tokenizer} nor {TokenizerFiles.Vocabulary}: {Remedy}.");
        }

        return Parse(vocabulary, (path, root) => ReadVocabularyAndMerges(path, root, Path.Combine(folder, TokenizerFiles.Merges)));
    }

    private static BpeVocabulary Parse(string path, Func<string, JsonElement, BpeVocabulary> read)
    {
        var bytes = TokenizerFiles.Read(path, Remedy);
        try
        {
            // Many tools still begin a file with a byte order mark.
            var start = bytes is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0;
            using var document = JsonDocument.Parse(bytes.AsMemory(start));
            return read(path, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string holds bytes or escapes that are no Unicode.
            throw new TokenizerException($"{path} is not valid JSON ({exception.Message.TrimEnd('.')}): {Remedy}.", exception);
        }
    }

    private static BpeVocabulary ReadTokenizer(string path, JsonElement root)
    {
        var model = Expect(path, root, "model", JsonValueKind.Object);
        CheckModel(path, model);
        CheckNormalizer(path, root);
        CheckPreTokenizer(path, root);
        var builder = new VocabularyBuilder();
        ReadTokens(path, Expect(path, model, "vocab", JsonValueKind.Object), builder);
        if (root.TryGetProperty("added_tokens", out var added) && added.ValueKind != JsonValueKind.Null)
        {
            ReadAddedTokens(path, Expect(path, root, "added_tokens", JsonValueKind.Array), builder);
        }

        var rank = 0;
        foreach (var merge in Expect(path, model, "merges", JsonValueKind.Array).EnumerateArray())
        {
            builder.AddMerge(path, ReadMerge(path, merge, rank++));
        }

        return builder.Build(path);
    }

    private static BpeVocabulary ReadVocabularyAndMerges(string path, JsonElement root, string mergesPath)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new TokenizerException($"{path} is not an object of tokens and their ids: {Remedy}.");
        }

        var builder = new VocabularyBuilder();
        ReadTokens(path, root, builder);
        foreach (var merge in MergesFile.Parse(mergesPath, TokenizerFiles.ReadText(mergesPath, Remedy)))
        {
            builder.AddMerge(mergesPath, merge);
        }

        return builder.Build(path);
    }

    private static void ReadTokens(string path, JsonElement vocabulary, VocabularyBuilder builder)
    {
        foreach (var token in vocabulary.EnumerateObject())
        {
            builder.AddToken(path, token.Name, Integer(path, token.Value, "a token's id"));
        }
    }

    private static void ReadAddedTokens(string path, JsonElement added, VocabularyBuilder builder)
    {
        foreach (var token in added.EnumerateArray())
        {
            var name = Expect(path, token, "content", JsonValueKind.String).GetString()!;
            if (!token.TryGetProperty("special", out var special) || special.ValueKind != JsonValueKind.True)
            {
                throw new TokenizerException($"{path}: the added token '{name}' is not special, so other tools would find it in texts and this one would not. Remove it, or mark it special.");
            }

            builder.AddSpecialToken(path, name, Integer(path, Expect(path, token, "id", JsonValueKind.Number), "an added token's id"));
        }
    }

    private static NamedMerge ReadMerge(string path, JsonElement merge, int rank)
    {
        if (merge.ValueKind == JsonValueKind.String && MergesFile.Split(merge.GetString()!, rank) is { } split)
        {
            return split;
        }

        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
            && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String)
        {
            return new NamedMerge(merge[0].GetString()!, merge[1].GetString()!, rank);
        }

        throw new TokenizerException($"{path}: merge number {rank + 1} is not two tokens: {Remedy}.");
    }

    private static void CheckModel(string path, JsonElement model)
    {
        if (model.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("BPE")))
        {
            throw Unsupported(path, "a model that is not of the type BPE");
        }

        foreach (var option in (ReadOnlySpan<string>)["dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"])
        {
            if (model.TryGetProperty(option, out var value) && !IsOff(value))
            {
                throw Unsupported(path, $"the model's option {option}");
            }
        }
    }

    private static void CheckNormalizer(string path, JsonElement root)
    {
        if (root.TryGetProperty("normalizer", out var normalizer) && normalizer.ValueKind != JsonValueKind.Null)
        {
            throw Unsupported(path, "a normalizer");
        }
    }

    private static void CheckPreTokenizer(string path, JsonElement root)
    {
        var preTokenizer = Expect(path, root, "pre_tokenizer", JsonValueKind.Object);
        if (!preTokenizer.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("ByteLevel"))
        {
            throw Unsupported(path, "a pre-tokenizer that is not of the type ByteLevel");
        }

        // Left out, add_prefix_space and use_regex both mean true.
        if (!preTokenizer.TryGetProperty("add_prefix_space", out var prefix) || !IsOff(prefix))
        {
            throw Unsupported(path, "the pre-tokenizer's option add_prefix_space");
        }

        if (preTokenizer.TryGetProperty("use_regex", out var split) && split.ValueKind != JsonValueKind.True)
        {
            throw Unsupported(path, "a pre-tokenizer whose option use_regex is not true");
        }
    }

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Number => value.TryGetDouble(out var number) && number == 0,
        _ => false,
    };

    private static JsonElement Expect(string path, JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == kind
            ? value
            : throw new TokenizerException($"{path} has no '{name}' of the type {kind}: {Remedy}.");

    private static long Integer(string path, JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var integer)
            ? integer
            : throw new TokenizerException($"{path}: {what} is not a whole number: {Remedy}.");

    private static TokenizerException Unsupported(string path, string what) =>
        new($"{path} asks for {what}, which byte-level byte-pair encoding as in GPT-2 does not have. Take GPT-2's tokenizer or one trained here.");
}
