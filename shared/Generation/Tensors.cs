using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Pipeline.Generation;

/// <summary>Tensors over memory that somebody else owns and keeps alive.</summary>
internal static unsafe class Tensors
{
    public static OrtValue Over(float* memory, params ReadOnlySpan<long> shape) => Over(memory, sizeof(float), TensorElementType.Float, shape);

    public static OrtValue Over(long* memory, params ReadOnlySpan<long> shape) => Over(memory, sizeof(long), TensorElementType.Int64, shape);

    private static OrtValue Over(void* memory, int size, TensorElementType type, ReadOnlySpan<long> shape)
    {
        long bytes = size;
        foreach (var dimension in shape)
        {
            bytes *= dimension;
        }

        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape.ToArray(), (nint)memory, bytes);
    }
}
