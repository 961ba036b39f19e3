namespace Pipeline.TrainerJob.Models;

/// <summary>The matrices of a block that can have an adapter.</summary>
[Flags]
public enum LoraTargets
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>attn.c_attn</c>: queries, keys and values.</summary>
    AttentionInput = 1,

    /// <summary><c>attn.c_proj</c>: attention's way back into the residual stream.</summary>
    AttentionOutput = 2,

    /// <summary><c>mlp.c_fc</c>: the wide layer.</summary>
    MlpInput = 4,

    /// <summary><c>mlp.c_proj</c>: the wide layer's way back into the residual stream.</summary>
    MlpOutput = 8,

    /// <summary>Every matrix of a block.</summary>
    All = AttentionInput | AttentionOutput | MlpInput | MlpOutput,
}
