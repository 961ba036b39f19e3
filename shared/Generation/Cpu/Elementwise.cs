using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>What happens to one token's numbers between the products. Lengths are multiples of 8.</summary>
internal static unsafe class Elementwise
{
    /// <summary>The largest of eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(Vector256<float> values)
    {
        var four = Vector128.Max(values.GetLower(), values.GetUpper());
        var two = Sse.Max(four, Sse.MoveHighToLow(four, four));
        return Math.Max(two.GetElement(0), two.GetElement(1));
    }

    /// <summary>sum += branch + bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* sum, float* branch, float* bias, int length)
    {
        for (var i = 0; i < length; i += 8)
        {
            (Vector256.Load(sum + i) + (Vector256.Load(branch + i) + Vector256.Load(bias + i))).Store(sum + i);
        }
    }

    /// <summary>x times a factor.</summary>
    public static void Scale(float* x, float factor, int length)
    {
        for (var i = 0; i < length; i += 8)
        {
            (Vector256.Load(x + i) * factor).Store(x + i);
        }
    }

    /// <summary>What is below 0 becomes 0.</summary>
    public static void Relu(float* x, int length)
    {
        for (var i = 0; i < length; i += 8)
        {
            Vector256.Max(Vector256.Load(x + i), Vector256<float>.Zero).Store(x + i);
        }
    }

    /// <summary>Layer norm: (x - mean) / √(variance + epsilon) · scale + shift (Ba, Kiros, Hinton 2016).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalize(float* x, float* scale, float* shift, float epsilon, int length, float* to)
    {
        var total = Vector256<float>.Zero;
        for (var i = 0; i < length; i += 8)
        {
            total += Vector256.Load(x + i);
        }

        var mean = Vector256.Create(Vector256.Sum(total) / length);
        var squares = Vector256<float>.Zero;
        for (var i = 0; i < length; i += 8)
        {
            var centred = Vector256.Load(x + i) - mean;
            squares = Fma.MultiplyAdd(centred, centred, squares);
        }

        var inverse = Vector256.Create(1 / MathF.Sqrt((Vector256.Sum(squares) / length) + epsilon));
        for (var i = 0; i < length; i += 8)
        {
            Fma.MultiplyAdd((Vector256.Load(x + i) - mean) * inverse, Vector256.Load(scale + i), Vector256.Load(shift + i)).Store(to + i);
        }
    }

    /// <summary>
    /// GELU in its tanh form (Hendrycks, Gimpel 2016): 0.5·x·(1 + tanh u) is x / (1 + exp(-2u)), u = √(2/π)·(x + 0.044715·x³).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gelu(float* x, int length)
    {
        var factor = Vector256.Create(-2 * MathF.Sqrt(2 / MathF.PI));
        for (var i = 0; i < length; i += 8)
        {
            var value = Vector256.Load(x + i);
            var inner = value * Fma.MultiplyAdd(value * value, Vector256.Create(0.044715f), Vector256.Create(1f));
            (value / (Vector256.Create(1f) + Vector256.Exp(factor * inner))).Store(x + i);
        }
    }
}
