using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;

namespace Pipeline.Benchmarks.Decode;

/// <summary>
/// A large model whose stored values are random: no form of more bits ever exists, so a file takes seconds and little memory. Norms change
/// nothing, and biases are zero.
/// </summary>
internal sealed class RandomWeights(ModelConfig config, ParameterSet none) : DecoderWeights(config, none)
{
    /// <summary>The spread of weights as such models begin with.</summary>
    public const double Deviation = 0.02;

    private readonly Random _random = new(1);

    public override ReadOnlySpan<float> this[string name]
    {
        get
        {
            var shape = Config.Shape;
            return name switch
            {
                Gpt2Parameters.HeadBias => new float[shape.Vocabulary],
                Gpt2Parameters.PositionTable => shape.IsCtrl ? CtrlConfig.PositionTable(shape.Context, shape.Width) : new float[shape.Context * shape.Width],
                _ when name.EndsWith(".bias", StringComparison.Ordinal) => new float[shape.Width],
                _ => Enumerable.Repeat(1f, shape.Width).ToArray(),
            };
        }
    }

    /// <summary>Writes a 4-bit file, if it is not there.</summary>
    public static void WriteInt4(string path, ModelConfig config)
    {
        if (File.Exists(path))
        {
            return;
        }

        Console.Error.WriteLine($"Making a file of random weights, {config.Shape.Parameters / 1e9:0.00} billion of them, in {path}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(ModelFiles.DataOf(path));
        File.Delete(ModelFiles.PortableOf(path));
        using var none = new ParameterSet([]);
        DecoderFile.Write(path, new RandomWeights(config, none), WeightPlan.Int4(new HashSet<string>()), new Dictionary<string, string>());
    }

    public override IEnumerable<LinearLayer> Linears(int layer)
    {
        var (C, A, I) = (Config.Shape.Width, AttentionWidth, Config.InnerWidth);
        return new[] { ("attn.c_attn", C, 3 * A), ("attn.c_proj", A, C), ("mlp.c_fc", C, I), ("mlp.c_proj", I, C) }
            .Select(linear => new LinearLayer(linear.Item1, linear.Item2, linear.Item3, [], new float[linear.Item3]));
    }

    public override BlockMatrix Quantized(Action<int, Span<float>> row, int rows, int columns, BlockFormat format)
    {
        // The wanted deviation over the stored values' own.
        var stored = Math.Sqrt((Math.Pow(1 << format.Bits, 2) - 1) / 12);
        var values = new byte[(long)rows * columns * format.Bits / 8];
        _random.NextBytes(values);
        var scales = new float[(long)rows * (columns / format.Size)];
        scales.AsSpan().Fill((float)(Deviation / stored));
        return new BlockMatrix(rows, columns, format, values, scales, []);
    }
}
