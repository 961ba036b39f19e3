using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;

namespace Pipeline.Benchmarks.Decode;

/// <summary>The files that are measured: one set of random weights a shape, in every form, kept from run to run.</summary>
internal sealed class DecodeModels
{
    /// <summary>GPT-2's largest, 1.5 billion parameters.</summary>
    public static ModelShape Gpt2Xl { get; } = new(48, 25, 1600, 1024, 50257);

    private readonly string _folder;

    private DecodeModels(string name)
    {
        _folder = Path.Combine(ProjectFolders.Root, ".artifacts", "decode", name);
        Directory.CreateDirectory(_folder);
    }

    public string Float32 => Path.Combine(_folder, "decoder.onnx");

    public string Int8 => Path.Combine(_folder, "decoder_quantized.onnx");

    public string Int4 => Path.Combine(_folder, "decoder_q4.onnx");

    public string Gguf8 => Path.Combine(_folder, "q8_0.gguf");

    public string Gguf4 => Path.Combine(_folder, "q4_0.gguf");

    /// <summary>All forms of the smallest GPT-2, exported from one set of weights.</summary>
    public static DecodeModels Small()
    {
        var (models, shape) = (new DecodeModels("small"), ModelShape.Gpt2);
        var config = ConfigOf(shape);
        (string Path, Action<ParameterSet> Write)[] files =
        [
            (models.Int4, weights => Export(models.Int4, WeightPlan.Int4(new HashSet<string>()), weights)),
            (models.Gguf4, weights => GgufWriter.Write(models.Gguf4, shape, weights, GgufType.Q4)),
            (models.Float32, weights => Export(models.Float32, WeightPlan.Float32, weights)),
            (models.Int8, weights => Export(models.Int8, WeightPlan.Int8, weights)),
            (models.Gguf8, weights => GgufWriter.Write(models.Gguf8, shape, weights, GgufType.Q8)),
        ];
        var missing = files.Where(file => !File.Exists(file.Path)).ToList();
        if (missing.Count > 0)
        {
            Console.Error.WriteLine($"Making {missing.Count} files of random weights in {models._folder}");
            using var weights = Gpt2Initializer.Random(shape, 1);
            missing.ForEach(file => file.Write(weights));
        }

        return models;

        void Export(string path, WeightPlan plan, ParameterSet weights)
        {
            File.Delete(ModelFiles.PortableOf(path));
            File.Delete(ModelFiles.DataOf(path));
            DecoderFile.Write(path, new DecoderWeights(config, weights), plan, new Dictionary<string, string>());
        }
    }

    /// <summary>The 4-bit forms of the largest; of 6 GB of weights nothing would be seen but their shape.</summary>
    public static DecodeModels Large()
    {
        var (models, config) = (new DecodeModels("xl"), ConfigOf(Gpt2Xl));
        RandomWeights.WriteInt4(models.Int4, config);
        if (!File.Exists(models.Gguf4))
        {
            using var none = new ParameterSet([]);
            GgufWriter.WriteRandom(models.Gguf4, Gpt2Xl, new RandomWeights(config, none), GgufType.Q4);
        }

        return models;
    }

    private static ModelConfig ConfigOf(ModelShape shape) => new(shape, shape.InnerWidth, 1e-5f);
}
