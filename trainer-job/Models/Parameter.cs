using Microsoft.ML.OnnxRuntime;

namespace Pipeline.TrainerJob.Models;

/// <summary>A named float32 tensor in unmanaged memory, owned by its <see cref="ParameterSet"/>.</summary>
public sealed unsafe class Parameter
{
    private readonly float* _values;
    private readonly int _count;

    internal Parameter(string name, long[] shape, float* values, int count)
    {
        Name = name;
        Shape = shape;
        _values = values;
        _count = count;
        Tensor = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, shape, (nint)values, (long)count * sizeof(float));
    }

    /// <summary>The name that Hugging Face's checkpoints use, such as <c>transformer.h.0.attn.c_attn.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Its sizes, outermost first.</summary>
    public long[] Shape { get; }

    /// <summary>Whether it has two or more dimensions: those are the tensors that weight decay applies to.</summary>
    public bool IsMatrix => Shape.Length >= 2;

    /// <summary>Its numbers, row by row; changes are seen by every session that the tensor is bound to.</summary>
    public Span<float> Values => new(_values, _count);

    /// <summary>The same memory as ONNX Runtime's value.</summary>
    public OrtValue Tensor { get; }

    internal float* Pointer => _values;
}
