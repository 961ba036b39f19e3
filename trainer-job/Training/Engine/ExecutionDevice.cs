using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>Where graphs run.</summary>
/// <param name="CudaDevice">The number of a GPU, or null for the CPU.</param>
/// <param name="TensorFloat32">Whether a GPU may round operands of float32 products to 10 bits after the point, which is several times as fast.</param>
public sealed record ExecutionDevice(int? CudaDevice = null, bool TensorFloat32 = true)
{
    private const string Provider = "CUDAExecutionProvider";

    /// <summary>The processor.</summary>
    public static ExecutionDevice Cpu { get; } = new();

    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; <c>auto</c> is a GPU if this ONNX Runtime can use one.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static ExecutionDevice Parse(string text) => text switch
    {
        "cpu" => Cpu,
        "cuda" => new(0),
        "auto" => OrtEnv.Instance().GetAvailableProviders().Contains(Provider) ? new(0) : Cpu,
        _ when text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => new(number),
        _ => throw new ArgumentException($"'{text}' is no device; choose auto, cpu, cuda or cuda:N with the number of a GPU."),
    };

    /// <summary>Whether what a session reads is copied at the moment it is bound, so that it has to be bound anew when it has been written to.</summary>
    internal bool CopiesInputs => CudaDevice is not null;

    /// <inheritdoc />
    public override string ToString() => CudaDevice is { } number ? string.Create(CultureInfo.InvariantCulture, $"cuda:{number}") : "cpu";

    /// <summary>Sets a session up for the device.</summary>
    /// <exception cref="DeviceException">The device cannot be used; the message says what is missing.</exception>
    internal void Apply(SessionOptions options)
    {
        if (CudaDevice is not { } number)
        {
            return;
        }

        if (!OrtEnv.Instance().GetAvailableProviders().Contains(Provider))
        {
            throw new DeviceException(this, "this ONNX Runtime was built without CUDA: use the package Microsoft.ML.OnnxRuntime.Gpu");
        }

        // An operator that has no kernel on the GPU is an error, not a copy to the processor and back at each step.
        options.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(Settings(number));
        options.AppendExecutionProvider_CUDA(cuda);
    }

    /// <summary>The provider's settings, as it spells them.</summary>
    internal Dictionary<string, string> Settings(int number) => new()
    {
        ["device_id"] = number.ToString(CultureInfo.InvariantCulture),
        ["use_tf32"] = TensorFloat32 ? "1" : "0",
        ["arena_extend_strategy"] = "kSameAsRequested",
    };

    /// <summary>Runs what may fail for want of something on the device.</summary>
    /// <exception cref="DeviceException">It did.</exception>
    internal T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (OnnxRuntimeException exception) when (CudaDevice is not null)
        {
            throw new DeviceException(this, DeviceException.Explain(exception.Message), exception);
        }
    }
}
