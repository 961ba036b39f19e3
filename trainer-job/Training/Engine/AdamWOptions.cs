namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>The constants of AdamW (Loshchilov, Hutter 2019, https://arxiv.org/abs/1711.05101).</summary>
public sealed record AdamWOptions
{
    /// <summary>How much of the mean gradient is kept at each step.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of the mean squared gradient is kept at each step.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the mean squared gradient.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The share, times the learning rate, that matrices shrink by at each step; vectors do not shrink.</summary>
    public double WeightDecay { get; init; } = 0.1;
}
