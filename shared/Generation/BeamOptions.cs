namespace Pipeline.Generation;

/// <summary>How beam search goes on and ends, in the terms of Hugging Face's <c>generate</c>.</summary>
public sealed record BeamOptions
{
    /// <summary>Beams at most.</summary>
    public const int MaximumBeams = 32;

    /// <summary>Texts in the making.</summary>
    public int Beams { get; init; } = 4;

    /// <summary>
    /// A text's score is its log-probability divided by its length to this power, its length being the generated tokens with the end of the
    /// text; above 0 favours long texts, below 0 short ones.
    /// </summary>
    public float LengthPenalty { get; init; } = 1;

    /// <summary>When enough texts have ended.</summary>
    public BeamStopping Stopping { get; init; }

    /// <summary>Texts to give back, the best first; at most <see cref="Beams"/>.</summary>
    public int Returned { get; init; } = 1;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public void Validate()
    {
        if (Problems().ToList() is { Count: > 0 } problems)
        {
            throw new InvalidSamplingException(problems);
        }
    }

    internal IEnumerable<string> Problems()
    {
        if (Beams is < 1 or > MaximumBeams)
        {
            yield return $"Beams is {Beams}, not within 1 and {MaximumBeams}";
        }

        if (!float.IsFinite(LengthPenalty))
        {
            yield return $"LengthPenalty is {LengthPenalty}, not a number";
        }

        if (!Enum.IsDefined(Stopping))
        {
            yield return $"Stopping is {Stopping}, not one of {string.Join(", ", Enum.GetNames<BeamStopping>())}";
        }

        if (Returned < 1 || Returned > Beams)
        {
            yield return $"Returned is {Returned}, not within 1 and Beams ({Beams})";
        }
    }
}

/// <summary>When a beam search ends, once as many texts have ended as there are beams.</summary>
public enum BeamStopping
{
    /// <summary>When the best text in the making, judged at its present length, is no better than the worst that has ended (<c>early_stopping=False</c>).</summary>
    Estimate,

    /// <summary>At once (<c>early_stopping=True</c>).</summary>
    Early,

    /// <summary>When no text in the making can become better, whatever its length (<c>early_stopping="never"</c>).</summary>
    Exact,
}

/// <summary>One text that beam search found.</summary>
/// <param name="Text">The text; its log-probability is the model's own.</param>
/// <param name="Score">What the texts are ordered by.</param>
public sealed record BeamText(GeneratedText Text, double Score);
