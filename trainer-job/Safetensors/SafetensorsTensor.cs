using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Safetensors;

/// <summary>A tensor to be written: its name, type and sizes, and where its bytes are when their turn comes.</summary>
public sealed class SafetensorsTensor
{
    private readonly BytesSource _bytes;

    private SafetensorsTensor(string name, string dataType, IReadOnlyList<long> shape, BytesSource bytes)
    {
        Name = name;
        DataType = dataType;
        Shape = shape;
        _bytes = bytes;
    }

    private delegate ReadOnlySpan<byte> BytesSource();

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>Its element type as the format spells it.</summary>
    public string DataType { get; }

    /// <summary>Its sizes, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Bytes of an element.</summary>
    internal int ElementBytes => DataType switch { "I64" => sizeof(long), "F16" => sizeof(short), _ => sizeof(float) };

    internal ReadOnlySpan<byte> Bytes => _bytes();

    /// <summary>A parameter, under its own name or another; it is not copied.</summary>
    public static SafetensorsTensor Of(Parameter parameter, string? name = null) =>
        new(name ?? parameter.Name, "F32", parameter.Shape, () => MemoryMarshal.AsBytes(parameter.Values));

    /// <summary>A parameter in 16 bits (IEEE 754 binary16), rounded when its turn comes.</summary>
    /// <exception cref="ArgumentException">A value is beyond what 16 bits hold; thrown when it is written.</exception>
    public static SafetensorsTensor OfHalf(Parameter parameter) => new(parameter.Name, "F16", parameter.Shape, () =>
    {
        var halves = new Half[parameter.Values.Length];
        TensorPrimitives.ConvertToHalf(parameter.Values, halves);
        return TensorPrimitives.IsFiniteAll<Half>(halves)
            ? MemoryMarshal.AsBytes<Half>(halves)
            : throw new ArgumentException($"{parameter.Name} has values that 16 bits do not hold.");
    });

    /// <summary>A tensor of a run's state; it is not copied.</summary>
    internal static SafetensorsTensor Of(IStateTensor tensor) => new(tensor.Name, "F32", tensor.Shape, () => MemoryMarshal.AsBytes(tensor.Values));

    /// <summary>An array of float32.</summary>
    public static SafetensorsTensor Of(string name, IReadOnlyList<long> shape, float[] values) =>
        new(name, "F32", shape, () => MemoryMarshal.AsBytes<float>(values));

    /// <summary>An array of int64.</summary>
    public static SafetensorsTensor Of(string name, IReadOnlyList<long> shape, long[] values) =>
        new(name, "I64", shape, () => MemoryMarshal.AsBytes<long>(values));
}
