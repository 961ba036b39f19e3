using System.Text.Json.Serialization;

namespace Pipeline.Functions.Predict;

/// <summary>Seldon's message (https://docs.seldon.io/projects/seldon-core/en/latest/reference/apis/), as far as texts need it.</summary>
internal sealed record SeldonMessage
{
    /// <summary>Rows of texts; excludes <see cref="StrData"/>.</summary>
    public SeldonData? Data { get; init; }

    /// <summary>One text.</summary>
    public string? StrData { get; init; }

    /// <summary>About the answer: its tags name model version and seed.</summary>
    public SeldonMeta? Meta { get; init; }
}

/// <summary>Rows of texts.</summary>
internal sealed record SeldonData
{
    /// <summary>The columns' names.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>One text a row.</summary>
    public IReadOnlyList<string>? Ndarray { get; init; }
}

/// <summary>About an answer.</summary>
internal sealed record SeldonMeta
{
    /// <summary>Free labels.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SeldonMessage))]
internal sealed partial class SeldonJson : JsonSerializerContext;
