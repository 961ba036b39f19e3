namespace Pipeline.TrainerJob.Export;

/// <summary>What an export does besides writing the 32-bit file.</summary>
public sealed record ExportOptions
{
    /// <summary>Writes the 8-bit file too.</summary>
    public bool Quantize { get; init; } = true;

    /// <summary>Writes the 4-bit file too, which is the fastest: it serves if it passes.</summary>
    public bool QuantizeTo4Bits { get; init; }

    /// <summary>
    /// Training texts that the model was not trained on. Quantised files are judged by their perplexity on them; without any they do not
    /// serve.
    /// </summary>
    public IReadOnlyList<string> HeldOutTexts { get; init; } = [];

    /// <summary>Tokens of them to score at most; the judgement needs a few thousand, not all.</summary>
    public int MaximumHeldOutTokens { get; init; } = 4096;

    /// <summary>How much the 8-bit file's perplexity may rise over the 32-bit one's: 0.01 is one percent.</summary>
    public double MaximumPerplexityRise { get; init; } = 0.01;

    /// <summary>The same for the 4-bit file.</summary>
    public double MaximumPerplexityRiseOf4Bits { get; init; } = 0.05;

    /// <summary>Tokens of the greedy text that the 32-bit file and the reference must agree on.</summary>
    public int GreedyTokens { get; init; } = 64;

    /// <summary>What the files shall say of themselves besides their form, such as the corpus and the base model.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
