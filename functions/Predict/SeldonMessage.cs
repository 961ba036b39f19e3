using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.Predict;

/// <summary>Seldon's message (https://docs.seldon.io/projects/seldon-core/en/latest/reference/apis/), as far as texts need it.</summary>
internal sealed record SeldonMessage
{
    /// <summary>Rows; excludes <see cref="StrData"/>.</summary>
    public SeldonData? Data { get; init; }

    /// <summary>One text.</summary>
    public string? StrData { get; init; }

    /// <summary>About the message: its tags name settings in a request, model version and seed in an answer.</summary>
    public SeldonMeta? Meta { get; init; }

    /// <summary>A message with one row that is a text.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="text">The row.</param>
    /// <param name="tags">Free labels.</param>
    public static SeldonMessage OfText(string name, string text, IReadOnlyDictionary<string, string>? tags = null) => new()
    {
        Data = new() { Names = [name], Ndarray = JsonSerializer.SerializeToElement([text], SeldonJson.Default.Texts) },
        Meta = tags is null ? null : new() { Tags = tags.ToDictionary(tag => tag.Key, tag => JsonSerializer.SerializeToElement(tag.Value, SeldonJson.Default.String)) },
    };
}

/// <summary>Rows, in one of two forms.</summary>
internal sealed record SeldonData
{
    /// <summary>The columns' names.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Rows of any kind: a text each, or a list with one text, or a list of token ids.</summary>
    public JsonElement? Ndarray { get; init; }

    /// <summary>Rows of numbers: token ids.</summary>
    public SeldonTensor? Tensor { get; init; }
}

/// <summary>Numbers in row-major order.</summary>
/// <param name="Shape">Length, or rows and columns.</param>
/// <param name="Values">The numbers.</param>
internal sealed record SeldonTensor(IReadOnlyList<int>? Shape, IReadOnlyList<double>? Values);

/// <summary>About a message.</summary>
internal sealed record SeldonMeta
{
    /// <summary>Names the prediction, for feedback.</summary>
    public string? Puid { get; init; }

    /// <summary>Free labels.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Tags { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SeldonMessage))]
[JsonSerializable(typeof(IReadOnlyList<string>), TypeInfoPropertyName = "Texts")]
[JsonSerializable(typeof(IReadOnlyList<IReadOnlyList<string>>), TypeInfoPropertyName = "TextRows")]
[JsonSerializable(typeof(IReadOnlyList<IReadOnlyList<int>>), TypeInfoPropertyName = "TokenRows")]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ulong))]
internal sealed partial class SeldonJson : JsonSerializerContext;
