using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Generation;
using Pipeline.Tokenization;

namespace Pipeline.Functions.Predict;

/// <summary>The rows of a request, and how the answer's rows are written: always in the form in which they were asked.</summary>
internal abstract record SeldonRows(int Count)
{
    /// <summary>Rows at most.</summary>
    public const int Most = 64;

    private const int MostTokens = 1 << 16;

    /// <summary>Reads the rows.</summary>
    /// <exception cref="FormatException">They have none of the forms; the message lists them.</exception>
    public static SeldonRows Read(SeldonMessage? message) => message switch
    {
        { StrData: { } text, Data: null } => new OneText(text),
        { StrData: null, Data: { Tensor: { } tensor, Ndarray: null } } => ReadTensor(tensor),
        { StrData: null, Data: { Tensor: null, Ndarray: { ValueKind: JsonValueKind.Array } rows } } => ReadArray(rows),
        _ => throw Wrong(),
    };

    /// <summary>The prompt of a row: its text, or its token ids.</summary>
    public abstract (string? Text, IReadOnlyList<int>? Tokens) Prompt(int row, BpeTokenizer tokenizer);

    /// <summary>The answer, without its meta.</summary>
    public abstract SeldonMessage Answer(IReadOnlyList<GeneratedText> texts, BpeTokenizer tokenizer);

    private static TokenTensor ReadTensor(SeldonTensor tensor)
    {
        if (tensor is not { Shape: not null, Values: not null })
        {
            throw Wrong();
        }

        var (rows, columns) = tensor.Shape switch
        {
            [> 0 and <= MostTokens and var length] => (1, length),
            [> 0 and <= Most and var count, > 0 and <= MostTokens and var length] => (count, length),
            _ => throw Wrong(),
        };
        if (tensor.Values.Count != rows * columns)
        {
            throw new FormatException($"The tensor has {tensor.Values.Count} values, but its shape asks for {rows * columns}.");
        }

        var tokens = tensor.Values.Select(value => value == (int)value ? (int)value : throw new FormatException($"The tensor holds {value}, which is no token id.")).ToArray();
        return new TokenTensor([.. tokens.Chunk(columns)]);
    }

    private static SeldonRows ReadArray(JsonElement rows)
    {
        var items = rows.EnumerateArray().ToArray();
        if (items.Length is 0 or > Most)
        {
            throw Wrong();
        }

        if (items.All(item => item.ValueKind == JsonValueKind.String))
        {
            return new Texts([.. items.Select(item => Text(item))], Nested: false);
        }

        if (items.All(item => item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 1 && item[0].ValueKind == JsonValueKind.String))
        {
            return new Texts([.. items.Select(item => Text(item[0]))], Nested: true);
        }

        return items.All(item => item.ValueKind == JsonValueKind.Array && item.GetArrayLength() is > 0 and <= MostTokens
            && item.EnumerateArray().All(token => token.ValueKind == JsonValueKind.Number && token.TryGetInt32(out _)))
            ? new TokenArray([.. items.Select(item => item.EnumerateArray().Select(token => token.GetInt32()).ToArray())])
            : throw Wrong();
    }

    private static string Text(JsonElement item) => JsonText.Of(item) ?? throw new FormatException("A row holds half a character: send whole text.");

    private static FormatException Wrong() => new(
        """Send {"data":{"ndarray":["text", …]}}, {"data":{"tensor":{"shape":[rows,tokens],"values":[token ids]}}} or {"strData":"text"}, """ + $"with 1 to {Most} rows.");

    private sealed record OneText(string Value) : SeldonRows(1)
    {
        public override (string? Text, IReadOnlyList<int>? Tokens) Prompt(int row, BpeTokenizer tokenizer) => (Value, null);

        public override SeldonMessage Answer(IReadOnlyList<GeneratedText> texts, BpeTokenizer tokenizer) => new() { StrData = texts[0].Text };
    }

    private sealed record Texts(string[] Values, bool Nested) : SeldonRows(Values.Length)
    {
        public override (string? Text, IReadOnlyList<int>? Tokens) Prompt(int row, BpeTokenizer tokenizer) => (Values[row], null);

        public override SeldonMessage Answer(IReadOnlyList<GeneratedText> texts, BpeTokenizer tokenizer) => new()
        {
            Data = new()
            {
                Names = ["text"],
                Ndarray = Nested
                    ? JsonSerializer.SerializeToElement([.. texts.Select(text => (IReadOnlyList<string>)[text.Text])], SeldonJson.Default.TextRows)
                    : JsonSerializer.SerializeToElement([.. texts.Select(text => text.Text)], SeldonJson.Default.Texts),
            },
        };
    }

    private sealed record TokenArray(int[][] Values) : SeldonRows(Values.Length)
    {
        public override (string? Text, IReadOnlyList<int>? Tokens) Prompt(int row, BpeTokenizer tokenizer) => (null, Values[row]);

        public override SeldonMessage Answer(IReadOnlyList<GeneratedText> texts, BpeTokenizer tokenizer) => new()
        {
            Data = new() { Names = ["tokens"], Ndarray = JsonSerializer.SerializeToElement([.. texts.Select(text => text.Tokens)], SeldonJson.Default.TokenRows) },
        };
    }

    // A tensor has no ragged rows: shorter texts are filled up with the end of the text.
    private sealed record TokenTensor(int[][] Values) : SeldonRows(Values.Length)
    {
        public override (string? Text, IReadOnlyList<int>? Tokens) Prompt(int row, BpeTokenizer tokenizer) => (null, Values[row]);

        public override SeldonMessage Answer(IReadOnlyList<GeneratedText> texts, BpeTokenizer tokenizer)
        {
            var columns = texts.Max(text => text.Tokens.Count);
            return new()
            {
                Data = new()
                {
                    Names = [.. Enumerable.Range(0, columns).Select(column => $"token{column}")],
                    Tensor = new(
                        [texts.Count, columns],
                        [.. texts.SelectMany(text => text.Tokens.Select(token => (double)token).Concat(Enumerable.Repeat((double)tokenizer.EndOfTextId, columns - text.Tokens.Count)))]),
                },
            };
        }
    }
}
