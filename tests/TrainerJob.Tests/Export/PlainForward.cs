using System.Numerics.Tensors;
using Pipeline.Generation;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Tests.Export;

/// <summary>
/// GPT-2 written out plainly from its definition, without cache, padding or fusion: what the exported graphs are measured against.
/// </summary>
internal sealed class PlainForward(ModelShape shape, ParameterSet parameters)
{
    private readonly int _width = shape.Width;

    /// <summary>Logits after every token of one text.</summary>
    /// <param name="tokens">T tokens, at most the context.</param>
    /// <returns>[T, vocabulary].</returns>
    public float[] Logits(ReadOnlySpan<int> tokens)
    {
        var T = tokens.Length;
        var x = new float[T * _width];
        for (var t = 0; t < T; t++)
        {
            TensorPrimitives.Add(parameters["transformer.wte.weight"].Values.Slice(tokens[t] * _width, _width),
                parameters["transformer.wpe.weight"].Values.Slice(t * _width, _width), x.AsSpan(t * _width, _width));
        }

        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var prefix = $"transformer.h.{layer}.";
            var qkv = Linear(prefix + "attn.c_attn", Normalize(prefix + "ln_1", x), T);
            TensorPrimitives.Add(x, Linear(prefix + "attn.c_proj", Attend(qkv, T), T), x);
            var hidden = Linear(prefix + "mlp.c_fc", Normalize(prefix + "ln_2", x), T);
            TensorPrimitives.Add(x, Linear(prefix + "mlp.c_proj", Gelu(hidden), T), x);
        }

        var last = Normalize("transformer.ln_f", x);
        var logits = new float[T * shape.Vocabulary];
        for (var v = 0; v < shape.Vocabulary; v++)
        {
            var row = parameters["transformer.wte.weight"].Values.Slice(v * _width, _width);
            for (var t = 0; t < T; t++)
            {
                logits[(t * shape.Vocabulary) + v] = TensorPrimitives.Dot(row, last.AsSpan(t * _width, _width));
            }
        }

        return logits;
    }

    private float[] Normalize(string name, float[] x)
    {
        var result = new float[x.Length];
        var scale = parameters[name + ".weight"].Values;
        var shift = parameters[name + ".bias"].Values;
        for (var at = 0; at < x.Length; at += _width)
        {
            var row = x.AsSpan(at, _width);
            var to = result.AsSpan(at, _width);
            TensorPrimitives.Subtract(row, TensorPrimitives.Sum<float>(row) / _width, to);
            var variance = TensorPrimitives.SumOfSquares<float>(to) / _width;
            TensorPrimitives.Multiply(to, 1 / MathF.Sqrt(variance + 1e-5f), to);
            TensorPrimitives.MultiplyAdd(to, scale, shift, to);
        }

        return result;
    }

    private float[] Linear(string name, float[] x, int T)
    {
        var weight = parameters[name + ".weight"].Values;
        var bias = parameters[name + ".bias"].Values;
        var (inputs, outputs) = (x.Length / T, bias.Length);
        var y = new float[T * outputs];
        for (var t = 0; t < T; t++)
        {
            bias.CopyTo(y.AsSpan(t * outputs));
        }

        for (var i = 0; i < inputs; i++)
        {
            var row = weight.Slice(i * outputs, outputs);
            for (var t = 0; t < T; t++)
            {
                var to = y.AsSpan(t * outputs, outputs);
                TensorPrimitives.MultiplyAdd(row, x[(t * inputs) + i], to, to);
            }
        }

        return y;
    }

    // qkv is [T, 3, heads, size]; every position sees itself and what came before.
    private float[] Attend(float[] qkv, int T)
    {
        var (heads, size) = (shape.Heads, shape.HeadSize);
        var result = new float[T * _width];
        var scores = new float[T];
        for (var t = 0; t < T; t++)
        {
            for (var head = 0; head < heads; head++)
            {
                var seen = scores.AsSpan(0, t + 1);
                for (var s = 0; s <= t; s++)
                {
                    seen[s] = TensorPrimitives.Dot<float>(Part(0, t, head), Part(1, s, head)) / MathF.Sqrt(size);
                }

                TensorPrimitives.SoftMax<float>(seen, seen);
                var to = result.AsSpan((t * _width) + (head * size), size);
                for (var s = 0; s <= t; s++)
                {
                    TensorPrimitives.MultiplyAdd(Part(2, s, head), seen[s], to, to);
                }
            }
        }

        return result;

        ReadOnlySpan<float> Part(int part, int t, int head) => qkv.AsSpan((t * 3 * _width) + (part * _width) + (head * size), size);
    }

    // gelu_new: 0.5x(1 + tanh(sqrt(2/pi)(x + 0.044715x^3))), Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415.
    private static float[] Gelu(float[] x)
    {
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = 0.5f * x[i] * (1 + MathF.Tanh(MathF.Sqrt(2 / MathF.PI) * (x[i] + (0.044715f * x[i] * x[i] * x[i]))));
        }

        return x;
    }
}
