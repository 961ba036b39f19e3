namespace Pipeline.Generation.Logits;

/// <summary>One rule on the scores of the next token. Negative infinity rules a token out.</summary>
public interface ILogitsProcessor
{
    /// <summary>Changes the logits in place.</summary>
    /// <param name="text">The text so far.</param>
    /// <param name="logits">One for each entry of the vocabulary.</param>
    void Apply(TokenHistory text, Span<float> logits);
}
