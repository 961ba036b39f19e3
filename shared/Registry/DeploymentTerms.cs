namespace Pipeline.Registry;

/// <summary>What a deployment is decided by, besides the two versions' own manifests.</summary>
public sealed record DeploymentTerms
{
    /// <summary>A version that is good enough takes over at once.</summary>
    public static DeploymentTerms Direct { get; } = new();

    /// <summary>The share of the requests that a good version gets at first; 0 is the shadow, null lets it take over at once.</summary>
    public int? Hundredths { get; init; }

    /// <summary>Whether a version must be the best of all of its corpus.</summary>
    public bool OnlyBest { get; init; }

    /// <summary>The other published versions.</summary>
    public IReadOnlyList<ModelManifest> Rivals { get; init; } = [];

    /// <summary>The version that is being tried now, or null.</summary>
    public ModelManifest? Trying { get; init; }

    /// <summary>How candidate and stable version do on the candidate's held-out posts; null if that was not measured.</summary>
    public HeldOutComparison? Comparison { get; init; }

    /// <summary>A check that the version fails, in a sentence, or null.</summary>
    public string? Fault { get; init; }
}

/// <summary>Two versions' perplexities on the same posts, both a token of the candidate's.</summary>
public sealed record HeldOutComparison(double Candidate, double Stable);
