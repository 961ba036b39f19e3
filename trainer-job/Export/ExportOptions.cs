namespace Pipeline.TrainerJob.Export;

/// <summary>What an export does besides writing the 32-bit file.</summary>
public sealed record ExportOptions
{
    /// <summary>Writes the 8-bit file too.</summary>
    public bool Quantize { get; init; } = true;

    /// <summary>
    /// Training texts that the model was not trained on. The 8-bit file is judged by its perplexity on them; without any it does not serve.
    /// </summary>
    public IReadOnlyList<string> HeldOutTexts { get; init; } = [];

    /// <summary>Tokens of them to score at most; the judgement needs a few thousand, not all.</summary>
    public int MaximumHeldOutTokens { get; init; } = 4096;

    /// <summary>How much the 8-bit file's perplexity may rise over the 32-bit one's: 0.01 is one percent.</summary>
    public double MaximumPerplexityRise { get; init; } = 0.01;

    /// <summary>Tokens of the greedy text that the 32-bit file and the reference must agree on.</summary>
    public int GreedyTokens { get; init; } = 64;

    /// <summary>What the files shall say of themselves besides their form, such as the corpus and the base model.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
