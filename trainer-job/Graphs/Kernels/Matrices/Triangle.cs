namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>Which half of a square matrix, that of what a token may not see, need not be computed with.</summary>
public enum Triangle
{
    /// <summary>No half.</summary>
    None,

    /// <summary>The result's elements right of the diagonal are of no interest: they may be anything.</summary>
    OfResult,

    /// <summary>The left operand's elements right of the diagonal are 0.</summary>
    OfLeft,

    /// <summary>The left operand is transposed and so has its zeros left of the diagonal.</summary>
    OfLeftTransposed,
}
