namespace Pipeline.Generation;

/// <summary>
/// How the next token is chosen. The order of application: penalties, bias, rules that forbid or force, then (unless greedy) temperature,
/// top-k, top-p, min-p, typical, each on what the one before left, as Hugging Face's <c>generate</c> has it.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits; 0 always takes the most likely token (of equals the one with the lowest id).</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>Keeps this many of the most likely tokens; 0 keeps all.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Keeps the most likely tokens until their probability reaches this; the token that crosses it is kept. 1 keeps all.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>Keeps tokens at least this times as likely as the likeliest; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>
    /// Keeps the tokens whose surprise is nearest the expected one until their probability reaches this (Meister et al. 2022,
    /// https://arxiv.org/abs/2202.00666); 1 keeps all.
    /// </summary>
    public float Typical { get; init; } = 1;

    /// <summary>θ for every token of the prompt and the text; 1 changes nothing.</summary>
    public float RepetitionPenalty { get; init; } = 1.1f;

    /// <summary>What θ does.</summary>
    public PenaltyConvention PenaltyConvention { get; init; }

    /// <summary>Subtracted from the logit of every token that was generated before.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from the logit of a token once for each time it was generated before.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>No sequence of this many tokens occurs twice in prompt and text; 0 allows everything.</summary>
    public int NoRepeatNgram { get; init; }

    /// <summary>Words whose tokens never come out, at the start of a word or within one.</summary>
    public IReadOnlyList<string> BadWords { get; init; } = [];

    /// <summary>Added to the logits of these token ids; negative infinity forbids a token.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Text that the generated text starts with.</summary>
    public string ForcedPrefix { get; init; } = "";

    /// <summary>The end of the text is not chosen before this many tokens.</summary>
    public int MinTokens { get; init; }

    /// <summary>Tokens at most, the forced prefix included.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>Texts that end the generation where they begin; they and parts of them never come out, however they are cut into tokens.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Ends at <c>&lt;|endoftext|&gt;</c>; otherwise the model goes on with another text.</summary>
    public bool StopAtEndOfText { get; init; } = true;

    /// <summary>Seed of the first sample; the next has the next. The same seed gives the same text, alone or among others.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gives this many of the most likely tokens beside every chosen one.</summary>
    public int Alternatives { get; init; }

    /// <summary>Always the most likely token, nothing else changed.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0, TopK = 0, TopP = 1, RepetitionPenalty = 1 };

    /// <summary>Checks every setting.</summary>
    /// <param name="vocabulary">Tokens of the model.</param>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public void Validate(int vocabulary)
    {
        List<string> problems = [];
        Need(Temperature is >= 0 and <= 100, $"Temperature is {Temperature}, not within 0 and 100");
        Need(TopK >= 0, $"TopK is {TopK}, not 0 (off) or more");
        Need(TopP is > 0 and <= 1, $"TopP is {TopP}, not above 0 and at most 1");
        Need(MinP is >= 0 and <= 1, $"MinP is {MinP}, not within 0 and 1");
        Need(Typical is > 0 and <= 1, $"Typical is {Typical}, not above 0 and at most 1");
        Need(RepetitionPenalty is > 0 and <= 100, $"RepetitionPenalty is {RepetitionPenalty}, not above 0 and at most 100");
        Need(Enum.IsDefined(PenaltyConvention), $"PenaltyConvention is {PenaltyConvention}, not one of {string.Join(", ", Enum.GetNames<PenaltyConvention>())}");
        Need(float.IsFinite(PresencePenalty), $"PresencePenalty is {PresencePenalty}, not a number");
        Need(float.IsFinite(FrequencyPenalty), $"FrequencyPenalty is {FrequencyPenalty}, not a number");
        Need(NoRepeatNgram >= 0, $"NoRepeatNgram is {NoRepeatNgram}, not 0 (off) or more");
        Need(BadWords.All(word => !string.IsNullOrEmpty(word)), "BadWords holds an empty word");
        Need(LogitBias.Keys.All(id => id >= 0 && id < vocabulary), $"LogitBias names a token that is not within 0 and {vocabulary - 1}");
        Need(LogitBias.Values.All(bias => float.IsFinite(bias) || float.IsNegativeInfinity(bias)), "LogitBias holds a value that is neither a number nor negative infinity");
        Need(ForcedPrefix is not null, "ForcedPrefix is missing");
        Need(MaxTokens >= 1, $"MaxTokens is {MaxTokens}, not 1 or more");
        Need(MinTokens >= 0 && MinTokens <= MaxTokens, $"MinTokens is {MinTokens}, not within 0 and MaxTokens ({MaxTokens})");
        Need(Stop.All(stop => !string.IsNullOrEmpty(stop)), "Stop holds an empty text");
        Need(Alternatives is >= 0 and <= 100, $"Alternatives is {Alternatives}, not within 0 and 100");
        if (problems.Count > 0)
        {
            throw new InvalidSamplingException(problems);
        }

        void Need(bool fulfilled, string problem)
        {
            if (!fulfilled)
            {
                problems.Add(problem);
            }
        }
    }
}
