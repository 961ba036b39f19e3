using System.Globalization;
using System.Text.Json.Serialization;
using Pipeline.Corpus;
using Pipeline.Generation;
using Pipeline.Tokenization;

namespace Pipeline.Functions.Sample;

/// <summary>
/// What a sample is asked to be: a text that goes on from a prompt, or a post about what its header says. The same members serve the
/// body and the query of /api/sample and the options of the command <c>sample</c>. Settable, since the generated JSON reader would give
/// members that are missing in a body their type's default if they were <c>init</c>.
/// </summary>
internal sealed record SampleRequest
{
    /// <summary>Text to go on from, as it is; excludes title, tags, category and year.</summary>
    public string? Prompt { get; set; }

    /// <summary>The post's title; the model writes one if it is missing.</summary>
    public string? Title { get; set; }

    /// <summary>The post's tags; at most three count.</summary>
    public IReadOnlyList<string> Tags { get; set => field = value ?? []; } = [];

    /// <summary>The post's category.</summary>
    public string? Category { get; set; }

    /// <summary>The year whose voice is wanted.</summary>
    public int? Year { get; set; }

    /// <summary>Tokens at most.</summary>
    public int Length { get; set; } = 300;

    /// <summary>0 is greedy.</summary>
    public float Temperature { get; set; } = 0.8f;

    /// <summary>Keeps this many of the likeliest tokens; 0 keeps all.</summary>
    public int TopK { get; set; } = 40;

    /// <summary>Keeps the likeliest tokens up to this probability; 1 keeps all.</summary>
    public float TopP { get; set; } = 0.95f;

    /// <summary>Above 1, what has been said is less likely to be said again.</summary>
    public float RepetitionPenalty { get; set; } = 1.1f;

    /// <summary>What the repetition penalty does.</summary>
    public PenaltyConvention PenaltyConvention { get; set; }

    /// <summary>Subtracted from the score of every token that was generated before.</summary>
    public float PresencePenalty { get; set; }

    /// <summary>Subtracted from the score of a token once for each time it was generated before.</summary>
    public float FrequencyPenalty { get; set; }

    /// <summary>No sequence of this many tokens occurs twice; 0 allows everything.</summary>
    public int NoRepeatNgram { get; set; }

    /// <summary>Keeps tokens at least this times as likely as the likeliest; 0 keeps all.</summary>
    public float MinP { get; set; }

    /// <summary>Keeps the tokens of typical surprise up to this probability; 1 keeps all.</summary>
    public float Typical { get; set; } = 1;

    /// <summary>Words that do not come out.</summary>
    public IReadOnlyList<string> BadWords { get; set => field = value ?? []; } = [];

    /// <summary>Texts that end the text where they begin.</summary>
    public IReadOnlyList<string> Stop { get; set => field = value ?? []; } = [];

    /// <summary>What the text starts with.</summary>
    public string ForcedPrefix { get; set => field = value ?? ""; } = "";

    /// <summary>Tokens at least.</summary>
    public int MinLength { get; set; }

    /// <summary>Words after which the text ends at the next end of a sentence or block; 0 sets no target.</summary>
    public int TargetWords { get; set; }

    /// <summary>Looks for the likeliest text with this many beams instead of drawing one; 0 draws.</summary>
    public int Beams { get; set; }

    /// <summary>With beams: above 0 favours long texts.</summary>
    public float LengthPenalty { get; set; } = 1;

    /// <summary>Gives this many of the likeliest tokens beside every chosen one.</summary>
    public int Explain { get; set; }

    /// <summary>The same seed gives the same text; one is drawn and reported if it is missing.</summary>
    public ulong? Seed { get; set; }

    /// <summary>The beam search that is asked for, or null.</summary>
    [JsonIgnore]
    public BeamOptions? Beam => Beams == 0 ? null : new() { Beams = Beams, LengthPenalty = LengthPenalty };

    /// <summary>How tokens are chosen.</summary>
    [JsonIgnore]
    public SamplingOptions Sampling => new()
    {
        MaxTokens = Length,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP,
        RepetitionPenalty = RepetitionPenalty,
        PenaltyConvention = PenaltyConvention,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
        NoRepeatNgram = NoRepeatNgram,
        MinP = MinP,
        Typical = Typical,
        BadWords = BadWords,
        Stop = Stop,
        ForcedPrefix = ForcedPrefix,
        MinTokens = MinLength,
        Alternatives = Explain,
        Seed = Seed ?? 0,
    };

    /// <summary>The text that the model goes on from.</summary>
    /// <exception cref="FormatException">Prompt and header are both given.</exception>
    [JsonIgnore]
    public string Prefix => (Prompt, HasHeader) switch
    {
        ({ } prompt, false) => prompt,
        (null, false) => "",
        // The line feed after a title ends the header; without a title the model writes one.
        (null, true) => TrainingText.Header(new(Category, Tags, Year, Title)) + (Title is null ? "" : "\n"),
        _ => throw new FormatException("Give either a prompt or title, tags, category and year, not both."),
    };

    private bool HasHeader => Category is not null || Tags.Count > 0 || Year is not null || Title is not null;

    /// <summary>The request to the generator. A header stands where a post begins, after the end of the text before it.</summary>
    /// <exception cref="FormatException">Prompt and header are both given.</exception>
    public GenerationRequest ToGeneration(BpeTokenizer tokenizer)
    {
        if (!HasHeader)
        {
            return new() { Prompt = Prefix, Sampling = Sampling, TargetWords = TargetWords };
        }

        List<int> tokens = [tokenizer.EndOfTextId, .. tokenizer.Encode(Prefix)];
        return new() { PromptTokens = tokens, HeaderTokens = tokens.Count, Sampling = Sampling, TargetWords = TargetWords };
    }

    /// <summary>Reads the members from a query.</summary>
    /// <exception cref="FormatException">A value is no number; it is named.</exception>
    public static SampleRequest FromQuery(IQueryCollection query)
    {
        var defaults = new SampleRequest();
        return new()
        {
            Prompt = Text("prompt"),
            Title = Text("title"),
            Tags = Text("tags")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            Category = Text("category"),
            Year = Optional<int>("year"),
            Length = Optional<int>("length") ?? defaults.Length,
            Temperature = Optional<float>("temperature") ?? defaults.Temperature,
            TopK = Optional<int>("topK") ?? defaults.TopK,
            TopP = Optional<float>("topP") ?? defaults.TopP,
            RepetitionPenalty = Optional<float>("repetitionPenalty") ?? defaults.RepetitionPenalty,
            PenaltyConvention = Convention(),
            PresencePenalty = Optional<float>("presencePenalty") ?? defaults.PresencePenalty,
            FrequencyPenalty = Optional<float>("frequencyPenalty") ?? defaults.FrequencyPenalty,
            NoRepeatNgram = Optional<int>("noRepeatNgram") ?? defaults.NoRepeatNgram,
            MinP = Optional<float>("minP") ?? defaults.MinP,
            Typical = Optional<float>("typical") ?? defaults.Typical,
            BadWords = Texts("badWords"),
            Stop = Texts("stop"),
            ForcedPrefix = Text("forcedPrefix") ?? "",
            MinLength = Optional<int>("minLength") ?? defaults.MinLength,
            TargetWords = Optional<int>("targetWords") ?? defaults.TargetWords,
            Beams = Optional<int>("beams") ?? defaults.Beams,
            LengthPenalty = Optional<float>("lengthPenalty") ?? defaults.LengthPenalty,
            Explain = Optional<int>("explain") ?? defaults.Explain,
            Seed = Optional<ulong>("seed"),
        };

        string? Text(string name) => query.TryGetValue(name, out var value) && value.Count > 0 ? value.ToString() : null;

        // A stop text may hold a comma, so several are several parameters of one name.
        string[] Texts(string name) => query.TryGetValue(name, out var values) ? [.. values.OfType<string>()] : [];

        PenaltyConvention Convention() => Text("penaltyConvention") is not { } text ? defaults.PenaltyConvention
            : Enum.TryParse<PenaltyConvention>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value
            : throw new FormatException($"penaltyConvention must be one of {string.Join(", ", Enum.GetNames<PenaltyConvention>())}, not '{text}'.");

        T? Optional<T>(string name)
            where T : struct, ISpanParsable<T> =>
            Text(name) is not { } text ? null
            : T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value
            : throw new FormatException($"{name} must be a number, not '{text}'.");
    }
}

/// <summary>A sample as /api/sample returns it.</summary>
internal sealed record SampleAnswer
{
    /// <summary>What the model went on from.</summary>
    public required string Prefix { get; init; }

    /// <summary>What it wrote.</summary>
    public required string Text { get; init; }

    /// <summary>Ask with this seed for the same text.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The model version.</summary>
    public required string Version { get; init; }

    /// <summary>Tokens written.</summary>
    public required int Tokens { get; init; }

    /// <summary>Why it ended; <c>Time</c> if the text is only a part, since the time for an answer was over.</summary>
    public required string FinishReason { get; init; }

    /// <summary>Every token with what else was likely, if that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ExplainedToken>? Explain { get; init; }

    /// <summary>In words, if the text is only a part.</summary>
    public string? Reason { get; init; }

    /// <summary>Names the text, for /api/send-feedback.</summary>
    public string? Puid { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SampleRequest))]
[JsonSerializable(typeof(SampleAnswer))]
internal sealed partial class SampleJson : JsonSerializerContext;
