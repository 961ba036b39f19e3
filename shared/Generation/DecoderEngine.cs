namespace Pipeline.Generation;

/// <summary>What runs a serving file.</summary>
public enum DecoderEngine
{
    /// <summary>This product's own kernels if the file and the processor fit, else ONNX Runtime.</summary>
    Automatic,

    /// <summary>ONNX Runtime.</summary>
    OnnxRuntime,

    /// <summary>This product's own kernels.</summary>
    Own,
}
