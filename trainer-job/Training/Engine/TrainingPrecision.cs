namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>What products of matrices are computed in; weights, sums, statistics, softmax and loss are float32 always.</summary>
public enum TrainingPrecision
{
    /// <summary>float32; on a GPU as TF32, if <see cref="ExecutionDevice.TensorFloat32"/> says so.</summary>
    Full,

    /// <summary>float16; the loss is scaled up meanwhile, so that small gradients are not lost.</summary>
    Half,

    /// <summary>bfloat16.</summary>
    BFloat16,
}
