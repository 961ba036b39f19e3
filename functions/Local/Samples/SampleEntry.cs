using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Local.Samples;

/// <summary>A line of the list.</summary>
internal sealed record SampleEntry
{
    /// <summary>The file's name.</summary>
    public required string File { get; init; }

    /// <summary>What the model went on from.</summary>
    public required string Prompt { get; init; }

    /// <summary>The model's folder; those of a store never change.</summary>
    public required string Model { get; init; }

    /// <summary>All settings in one line.</summary>
    public required string Settings { get; init; }

    /// <summary>The temperature.</summary>
    public required float Temperature { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Tokens written.</summary>
    public required int Tokens { get; init; }

    /// <summary>Why the text ended.</summary>
    public required string FinishReason { get; init; }

    /// <summary>What was written after the prompt.</summary>
    public required string Text { get; init; }

    /// <summary>The line of a text.</summary>
    public static SampleEntry Of(string model, WantedText wanted, GeneratedText written) => new()
    {
        File = wanted.FileName,
        Prompt = wanted.Request.Prefix,
        Model = model,
        Settings = SettingsOf(wanted),
        Temperature = wanted.Request.Temperature,
        Seed = written.Seed,
        Tokens = written.Tokens.Count,
        FinishReason = written.FinishReason.ToString(),
        Text = written.Text,
    };

    /// <summary>Whether the line is of such a text.</summary>
    public bool IsOf(string model, WantedText wanted) => Model == model && Prompt == wanted.Request.Prefix && Settings == SettingsOf(wanted);

    // Everything that the text follows from but the prompt; lists by their items.
    private static string SettingsOf(WantedText wanted) => JsonSerializer.Serialize(
        wanted.Request with { Prompt = null, Title = null, Tags = [], Category = null, Year = null }, SampleJson.Default.SampleRequest);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SampleEntry))]
internal sealed partial class SampleFilesJson : JsonSerializerContext;
