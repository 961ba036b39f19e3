namespace Pipeline.Generation;

/// <summary>What a repetition penalty θ does to a token that is already in the text, each token once however often it occurs.</summary>
public enum PenaltyConvention
{
    /// <summary>Its log-probability is multiplied by θ: always less likely for θ above 1, and independent of a constant added to all logits.</summary>
    LogProbability,

    /// <summary>A positive logit is divided by θ, a negative one multiplied: Hugging Face's <c>RepetitionPenaltyLogitsProcessor</c>.</summary>
    BySign,

    /// <summary>The logit is divided by θ, whatever its sign: as published with CTRL (Keskar et al. 2019, https://arxiv.org/abs/1909.05858, section 4.1).</summary>
    Ctrl,
}
