using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Testing;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;

namespace Pipeline.Benchmarks.Decode;

/// <summary>A file of CTRL's published shape with random 4-bit weights, written as they are: no form of more bits ever exists.</summary>
internal static class CtrlModel
{
    /// <summary>The file, made if it is not there.</summary>
    public static string Path { get; } = System.IO.Path.Combine(ProjectFolders.Root, ".artifacts", "decode", "ctrl", "decoder_q4.onnx");

    public static string Make()
    {
        if (!File.Exists(Path))
        {
            Console.Error.WriteLine($"Making a CTRL of random weights, {CtrlConfig.Published.Parameters / 1e9:0.00} billion of them, in {Path}");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            File.Delete(ModelFiles.DataOf(Path));
            var shape = CtrlConfig.Published;
            using var none = new ParameterSet([]);
            DecoderFile.Write(Path, new RandomWeights(new ModelConfig(shape, shape.InnerWidth, 1e-6f), none), WeightPlan.Int4(new HashSet<string>()), new Dictionary<string, string>());
        }

        return Path;
    }

    /// <summary>Matrices whose stored values are random; norms change nothing, and biases are zero.</summary>
    private sealed class RandomWeights(ModelConfig config, ParameterSet none) : DecoderWeights(config, none)
    {
        private readonly Random _random = new(1);

        public override ReadOnlySpan<float> this[string name]
        {
            get
            {
                var shape = Config.Shape;
                return name switch
                {
                    Gpt2Parameters.HeadBias => new float[shape.Vocabulary],
                    Gpt2Parameters.PositionTable => CtrlConfig.PositionTable(shape.Context, shape.Width),
                    _ when name.EndsWith(".bias", StringComparison.Ordinal) => new float[shape.Width],
                    _ => Enumerable.Repeat(1f, shape.Width).ToArray(),
                };
            }
        }

        public override IEnumerable<LinearLayer> Linears(int layer)
        {
            var (C, I) = (Config.Shape.Width, Config.InnerWidth);
            return new[] { ("attn.c_attn", C, 3 * C), ("attn.c_proj", C, C), ("mlp.c_fc", C, I), ("mlp.c_proj", I, C) }
                .Select(linear => new LinearLayer(linear.Item1, linear.Item2, linear.Item3, [], new float[linear.Item3]));
        }

        public override BlockMatrix Quantized(Action<int, Span<float>> row, int rows, int columns, BlockFormat format)
        {
            // Deviation 0.02, as such models begin with, over the stored values' own.
            var deviation = Math.Sqrt((Math.Pow(1 << format.Bits, 2) - 1) / 12);
            var values = new byte[(long)rows * columns * format.Bits / 8];
            _random.NextBytes(values);
            var scales = new float[(long)rows * (columns / format.Size)];
            scales.AsSpan().Fill((float)(0.02 / deviation));
            return new BlockMatrix(rows, columns, format, values, scales, []);
        }
    }
}
