namespace Pipeline.Registry;

/// <summary>How well a model learnt, in figures.</summary>
public sealed record ModelMetrics
{
    /// <summary>Mean negative log-likelihood a token on the posts trained on, in nats.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>The same on the held-out posts; null if none are held out.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>e to the validation loss; null if no posts are held out.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Perplexity of the exported 32-bit file on held-out posts; null if it was not measured.</summary>
    public double? Float32Perplexity { get; init; }

    /// <summary>The same of the 8-bit file.</summary>
    public double? EightBitPerplexity { get; init; }

    /// <summary>The same of the 4-bit file.</summary>
    public double? FourBitPerplexity { get; init; }

    /// <summary>Tokens of the training posts.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens that training has seen.</summary>
    public long TrainTokens { get; init; }

    /// <summary>Posts of the corpus.</summary>
    public int Documents { get; init; }

    /// <summary>How long training took.</summary>
    public double Seconds { get; init; }

    /// <summary>What that cost, in the currency of the price that the run was told; null without a price.</summary>
    public double? Cost { get; init; }
}
