using System.Text.Json.Serialization;

namespace Pipeline.TrainerJob.BaseMaking;

/// <summary>A text that a base model may learn, with what is known about it.</summary>
internal sealed record BaseDocument
{
    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <summary>Its title, if it has one.</summary>
    public string? Title { get; init; }

    /// <summary>Where it is from: <c>owner/repository</c>, and perhaps a path in it.</summary>
    public string Source { get; set => field = value ?? ""; } = "";

    /// <summary>What kind of text it is, such as <c>blog</c> or <c>fiction</c>.</summary>
    public string Kind { get; set => field = value ?? ""; } = "";

    /// <summary>What its owner says of its use.</summary>
    public string License { get; set => field = value ?? ""; } = "";

    /// <summary>Owner and repository of <see cref="Source"/>.</summary>
    [JsonIgnore]
    public string Repository => string.Join('/', Source.Split('/', ':').Take(2));

    /// <summary>The training text: what a post with nothing but a title looks like.</summary>
    public string ToTrainingText()
    {
        var title = string.Join(' ', (Title ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return title.Length > 0 ? $"title: {title}\n\n{Text}" : Text;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BaseDocument))]
internal sealed partial class BaseDocumentJson : JsonSerializerContext;
