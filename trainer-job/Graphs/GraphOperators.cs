namespace Pipeline.TrainerJob.Graphs;

/// <summary>Which operators composites are built of.</summary>
public enum GraphOperators
{
    /// <summary>ONNX Runtime's own, which every device has.</summary>
    Portable,

    /// <summary>Those of ONNX Runtime for products of matrices and kernels of this program for the rest: the CPU alone, and faster.</summary>
    Kernels,
}
