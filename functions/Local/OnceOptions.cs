using System.Text.Json.Serialization;

namespace Pipeline.Functions.Local;

/// <summary>What <c>once</c> is asked to do.</summary>
internal sealed record OnceOptions(string Blog, string Work, string Preset, string? Base, int Seed, string Format, string Model, bool Force, bool Json);

/// <summary>The last line of <c>once --json</c>.</summary>
internal sealed record OnceResult
{
    /// <summary>Posts that became documents and are in the corpus.</summary>
    public required int Documents { get; init; }

    /// <summary>Posts that were left out.</summary>
    public required int Skipped { get; init; }

    /// <summary>Tokens of the training texts.</summary>
    public required long Tokens { get; init; }

    /// <summary>The model version in service.</summary>
    public required string Version { get; init; }

    /// <summary>Nats a token over the training texts.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Nats a token over the held-out posts.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>exp of the validation loss.</summary>
    public double? Perplexity { get; init; }

    /// <summary>The post's path in the blog.</summary>
    public string? Post { get; init; }

    /// <summary>The branch that holds it.</summary>
    public string? Branch { get; init; }

    /// <summary>The commit.</summary>
    public string? Commit { get; init; }

    /// <summary>Seconds from start to end.</summary>
    public required double Seconds { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OnceResult))]
internal sealed partial class OnceJson : JsonSerializerContext;
