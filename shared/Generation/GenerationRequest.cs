using Pipeline.Generation.Logits;
using Pipeline.Tokenization;

namespace Pipeline.Generation;

/// <summary>What to generate.</summary>
public sealed record GenerationRequest
{
    /// <summary>Samples at most in one request.</summary>
    public const int MaximumSamples = 64;

    /// <summary>
    /// What the text goes on from. Empty starts a new text. Whatever it spells is ordinary text: special tokens come only from
    /// <see cref="PromptTokens"/>.
    /// </summary>
    public string Prompt { get; init; } = "";

    /// <summary>The prompt as tokens, instead of <see cref="Prompt"/>.</summary>
    public IReadOnlyList<int>? PromptTokens { get; init; }

    /// <summary>
    /// How many of the prompt's tokens are a header: when the text outgrows the context window, they stay in front of its last half.
    /// </summary>
    public int HeaderTokens { get; init; }

    /// <summary>
    /// Words after which the text ends at the next end of a sentence or block; 0 sets no target. If the limit of tokens comes first, the
    /// text ends with its last whole sentence or block: a stream brings a sentence when it is whole.
    /// </summary>
    public int TargetWords { get; init; }

    /// <summary>Texts to generate side by side.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Rules of one's own, applied after those of the options.</summary>
    public IReadOnlyList<ILogitsProcessor> Rules { get; init; } = [];

    /// <summary>The prompt as tokens; an empty one is the end of the text before.</summary>
    internal int[] Tokens(BpeTokenizer tokenizer)
    {
        IReadOnlyList<int> tokens = PromptTokens ?? tokenizer.Encode(Prompt);
        return tokens.Count > 0 ? [.. tokens] : [tokenizer.EndOfTextId];
    }

    /// <summary>Checks every setting.</summary>
    /// <param name="vocabulary">Tokens of the model's tokenizer.</param>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public void Validate(int vocabulary)
    {
        List<string> problems = [];
        try
        {
            Sampling.Validate(vocabulary);
        }
        catch (InvalidSamplingException invalid)
        {
            problems.AddRange(invalid.Problems);
        }

        if (Samples is < 1 or > MaximumSamples)
        {
            problems.Add($"Samples is {Samples}, not within 1 and {MaximumSamples}");
        }

        if (TargetWords < 0)
        {
            problems.Add($"TargetWords is {TargetWords}, not 0 (off) or more");
        }

        if (PromptTokens is { } tokens && tokens.Any(token => token < 0 || token >= vocabulary))
        {
            problems.Add($"PromptTokens holds a token that is not within 0 and {vocabulary - 1}");
        }

        if (HeaderTokens < 0 || HeaderTokens > (PromptTokens?.Count ?? int.MaxValue))
        {
            problems.Add($"HeaderTokens is {HeaderTokens}, not within 0 and the length of the prompt");
        }

        if (problems.Count > 0)
        {
            throw new InvalidSamplingException(problems);
        }
    }
}
