namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>A device cannot be used, or not for this.</summary>
public sealed class DeviceException : Exception
{
    private static readonly (string[] Signs, string Explanation)[] Known =
    [
        (["out of memory", "Failed to allocate memory", "CUBLAS_STATUS_ALLOC_FAILED"],
            "its memory does not suffice: lower rows or length, train with an adapter or gradient checkpointing, or keep other programs off it"),
        (["CUDA driver version is insufficient", "CUDA failure 35", "forward compatibility was attempted"],
            "its driver is too old for this CUDA: update the NVIDIA driver"),
        (["no CUDA-capable device", "CUDA failure 100", "CUDA failure 3:", "libcuda.so"],
            "no NVIDIA GPU or driver is there: in a container, start it with access to GPUs (--gpus all)"),
        (["invalid device ordinal", "CUDA failure 101"],
            "there is no GPU of this number"),
        (["libonnxruntime_providers_cuda", "libonnxruntime_providers_shared"],
            "the CUDA provider's library is missing or does not load: it comes with the package Microsoft.ML.OnnxRuntime.Gpu"),
        (["libcublas", "libcudnn", "libcudart", "libcurand", "libcufft"],
            "CUDA's own libraries are missing: install CUDA and cuDNN in the versions that this ONNX Runtime names, or use an image that has them"),
        (["disable_cpu_ep_fallback", "fallback to CPU EP has been explicitly disabled"],
            "an operator of the graph has no kernel on it: this ONNX Runtime is older than 1.18"),
        (["no kernel image is available", "CUDA failure 209"],
            "the GPU is too old, or too new, for this ONNX Runtime"),
    ];

    /// <summary>Names the device and what is missing.</summary>
    public DeviceException(ExecutionDevice device, string reason, Exception? cause = null)
        : base($"The device {device} cannot be used: {reason}.", cause)
    {
    }

    /// <summary>What a message of ONNX Runtime or CUDA means for who started the training.</summary>
    internal static string Explain(string message) =>
        Known.FirstOrDefault(known => known.Signs.Any(sign => message.Contains(sign, StringComparison.OrdinalIgnoreCase))).Explanation is { } explanation
            ? $"{explanation} ({FirstLine(message)})"
            : FirstLine(message);

    private static string FirstLine(string message) => message.Split('\n')[0].Trim().TrimEnd('.');
}
