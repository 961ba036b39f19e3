using Pipeline.Generation;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// The weights as the serving graph wants them. GroupQueryAttention takes head sizes that are multiples of 8, so other heads are padded
/// with zeros: zero queries and keys add nothing to a score, zero values nothing to the result.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="parameters">Its tensors by their Hugging Face names.</param>
internal class DecoderWeights(ModelConfig config, ParameterSet parameters)
{
    /// <summary>The model.</summary>
    public ModelConfig Config => config;

    /// <summary>Head size of the graph.</summary>
    public int HeadSize { get; } = (config.Shape.HeadSize + 7) / 8 * 8;

    /// <summary>Width of queries, of keys and of values in the graph.</summary>
    public int AttentionWidth => HeadSize * config.Shape.Heads;

    /// <summary>A tensor as it is stored.</summary>
    public virtual ReadOnlySpan<float> this[string name] => parameters[name].Values;

    /// <summary>A matrix in blocks.</summary>
    public virtual BlockMatrix Quantized(Action<int, Span<float>> row, int rows, int columns, BlockFormat format) =>
        BlockQuantizer.Quantize(row, rows, columns, BlockQuantizer.Choose(row, rows, columns, format));

    /// <summary>The four linear layers of a block, as [inputs, outputs] matrices in padded form.</summary>
    public virtual IEnumerable<LinearLayer> Linears(int layer)
    {
        var (width, inner) = (config.Shape.Width, config.InnerWidth);
        yield return Linear(layer, "attn.c_attn", width, 3 * AttentionWidth);
        yield return Linear(layer, "attn.c_proj", AttentionWidth, width);
        yield return Linear(layer, "mlp.c_fc", width, inner);
        yield return Linear(layer, "mlp.c_proj", inner, width);
    }

    private LinearLayer Linear(int layer, string part, int inputs, int outputs)
    {
        var weight = this[$"transformer.h.{layer}.{part}.weight"];
        var bias = this[$"transformer.h.{layer}.{part}.bias"];
        if (HeadSize == config.Shape.HeadSize)
        {
            return new(part, inputs, outputs, weight.ToArray(), bias.ToArray());
        }

        return part switch
        {
            "attn.c_attn" => new(part, inputs, outputs, PadColumns(weight, inputs), PadColumns(bias, 1)),
            "attn.c_proj" => new(part, inputs, outputs, PadRows(weight, outputs), bias.ToArray()),
            _ => new(part, inputs, outputs, weight.ToArray(), bias.ToArray()),
        };
    }

    private float[] PadColumns(ReadOnlySpan<float> matrix, int rows)
    {
        var (size, heads) = (config.Shape.HeadSize, matrix.Length / rows / config.Shape.HeadSize);
        var padded = new float[rows * heads * HeadSize];
        for (var i = 0; i < rows * heads; i++)
        {
            matrix.Slice(i * size, size).CopyTo(padded.AsSpan(i * HeadSize));
        }

        return padded;
    }

    private float[] PadRows(ReadOnlySpan<float> matrix, int columns)
    {
        var size = config.Shape.HeadSize * columns;
        var padded = new float[AttentionWidth * columns];
        for (var head = 0; head < config.Shape.Heads; head++)
        {
            matrix.Slice(head * size, size).CopyTo(padded.AsSpan(head * HeadSize * columns));
        }

        return padded;
    }
}

/// <summary>One linear layer: y = x·W + b.</summary>
/// <param name="Name">Its name within a block.</param>
/// <param name="Inputs">Rows of W.</param>
/// <param name="Outputs">Columns of W.</param>
/// <param name="Weight">W, [Inputs, Outputs].</param>
/// <param name="Bias">b, [Outputs].</param>
internal sealed record LinearLayer(string Name, int Inputs, int Outputs, float[] Weight, float[] Bias)
{
    /// <summary>The weights of one output: a column of W, a row in the form that quantised products want.</summary>
    public void Output(int output, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Weight[(i * Outputs) + output];
        }
    }
}
