namespace Pipeline.TrainerJob.Export;

/// <summary>What an export wrote and how it proved itself.</summary>
/// <param name="ServingFile">The file that serves, relative to the model folder.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Files">Every file written, relative to the model folder, with its length in bytes.</param>
/// <param name="Checks">What was measured.</param>
/// <param name="HeldOutTokens">Tokens scored for the perplexities.</param>
/// <param name="Perplexity">Of the 32-bit file on the held-out texts; null without texts.</param>
/// <param name="QuantizedPerplexity">Of the 8-bit file on the same tokens; null if it was not judged.</param>
/// <param name="FourBitPerplexity">Of the 4-bit file on the same tokens; null if it was not judged.</param>
/// <param name="EightBitMatrices">Matrices that stay at 8 bits in the 4-bit file, by name, besides the head.</param>
public sealed record ExportReport(
    string ServingFile,
    string Reason,
    IReadOnlyDictionary<string, long> Files,
    IReadOnlyList<ExportCheck> Checks,
    long HeldOutTokens,
    double? Perplexity,
    double? QuantizedPerplexity,
    double? FourBitPerplexity,
    IReadOnlyList<string> EightBitMatrices);

/// <summary>One measurement of an export.</summary>
/// <param name="Name">What was compared, a sentence.</param>
/// <param name="Outcome">How it came out.</param>
/// <param name="Measured">The figure.</param>
/// <param name="Limit">What it may be at most.</param>
public sealed record ExportCheck(string Name, CheckOutcome Outcome, double Measured, double Limit);

/// <summary>How a check came out.</summary>
public enum CheckOutcome
{
    /// <summary>Within the limit.</summary>
    Passed,

    /// <summary>Beyond the limit.</summary>
    Failed,
}
