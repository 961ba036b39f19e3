using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Generation;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// A GPT-2 in a folder of Hugging Face's layout: <c>config.json</c> and <c>model.safetensors</c>, or the shards that
/// <c>model.safetensors.index.json</c> names, with or without <c>transformer.</c> before the names.
/// </summary>
public static class Gpt2Folder
{
    /// <summary>The description of the architecture.</summary>
    internal const string ConfigName = ModelConfig.FileName;

    /// <summary>All weights in one file.</summary>
    internal const string WeightsName = "model.safetensors";

    private const string GenerationConfigName = "generation_config.json";
    private const string ShardPattern = "model-*.safetensors";

    /// <summary>Reads a model; float16 and bfloat16 become float32. The caller disposes of the parameters.</summary>
    /// <exception cref="ModelFolderException">A file is missing, or the model differs from its description; every difference is named.</exception>
    /// <exception cref="SafetensorsException">A file of weights is damaged.</exception>
    public static (ModelShape Shape, ParameterSet Parameters) Load(string folder)
    {
        var shape = ReadShape(folder);
        using var weights = Gpt2Weights.Open(WeightFiles(folder));
        var problems = weights.Problems(shape).ToList();
        if (problems.Count > 0)
        {
            throw new ModelFolderException(folder, problems);
        }

        var parameters = Gpt2Parameters.Allocate(shape);
        try
        {
            foreach (var parameter in parameters)
            {
                weights.Read(parameter.Name, parameter.Values);
            }

            if (!weights.HeadEquals(parameters[Gpt2Parameters.TokenTable]))
            {
                throw new ModelFolderException(folder, [$"{Gpt2Weights.HeadName} differs from the token embeddings; only a tied head is supported"]);
            }

            return (shape, parameters);
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes <c>config.json</c>, <c>generation_config.json</c> and <c>model.safetensors</c>, each complete or not at all. The end of a text
    /// is the vocabulary's last token unless another is named. In 16 bits the weights take half the room and lose digits.
    /// </summary>
    public static void Save(string folder, ModelShape shape, ParameterSet parameters, int? endOfText = null, bool halves = false)
    {
        var end = endOfText ?? shape.Vocabulary - 1;
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsName),
            [.. parameters.Select(parameter => halves ? SafetensorsTensor.OfHalf(parameter) : SafetensorsTensor.Of(parameter))],
            new Dictionary<string, string> { ["format"] = "pt" });
        Write(Path.Combine(folder, GenerationConfigName), new Gpt2GenerationConfig(end, end), Gpt2Json.Default.Gpt2GenerationConfig);
        Write(Path.Combine(folder, ConfigName), Gpt2Config.Of(shape) with { BosTokenId = end, EosTokenId = end }, Gpt2Json.Default.Gpt2Config);
    }

    /// <summary>The sizes that <c>config.json</c> names.</summary>
    /// <exception cref="ModelFolderException">It is missing, cannot be read, or describes another architecture; every objection is named.</exception>
    internal static ModelShape ReadShape(string folder)
    {
        var path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path))
        {
            throw new ModelFolderException(folder, [$"there is no {ConfigName}"]);
        }

        ModelConfig config;
        IReadOnlyList<string> problems;
        try
        {
            (config, problems) = ModelConfig.Examine(path);
        }
        catch (JsonException exception)
        {
            throw new ModelFolderException(folder, [$"{ConfigName} cannot be read: {exception.Message.TrimEnd('.')}"]);
        }

        problems = [.. problems.Concat(Limits(config)).Select(problem => $"in {ConfigName}, {problem}")];
        return problems.Count == 0 ? config.Shape : throw new ModelFolderException(folder, problems);
    }

    // What serving can compute and training cannot.
    private static IEnumerable<string> Limits(ModelConfig config)
    {
        if (config.InnerWidth != 4L * config.Shape.Width)
        {
            yield return $"n_inner is {config.InnerWidth}, not 4 times n_embd";
        }

        if (Math.Abs(config.Epsilon - Gpt2Graph.Epsilon) > 1e-9)
        {
            yield return $"layer_norm_epsilon is {config.Epsilon.ToString(CultureInfo.InvariantCulture)}, not 1e-5";
        }
    }

    /// <summary>The files that hold the weights.</summary>
    /// <exception cref="ModelFolderException">There are none, or some are missing.</exception>
    internal static IReadOnlyList<string> WeightFiles(string folder)
    {
        if (File.Exists(Path.Combine(folder, WeightsName)))
        {
            return [Path.Combine(folder, WeightsName)];
        }

        var index = Path.Combine(folder, ShardIndex.FileName);
        if (File.Exists(index))
        {
            var named = ShardIndex.Read(index).Files;
            string[] missing = [.. named.Where(file => !File.Exists(Path.Combine(folder, file)))];
            return missing.Length == 0
                ? [.. named.Select(file => Path.Combine(folder, file))]
                : throw new ModelFolderException(folder, [.. missing.Select(file => $"{file}, which {ShardIndex.FileName} names, is missing")]);
        }

        var shards = Directory.GetFiles(folder, ShardPattern);
        Array.Sort(shards, StringComparer.Ordinal);
        if (shards.Length > 0)
        {
            return shards;
        }

        var pickled = Directory.EnumerateFiles(folder, "pytorch_model*.bin").Any();
        throw new ModelFolderException(folder, [$"there is no {WeightsName} and no {ShardIndex.FileName}" + (pickled
            ? "; pytorch_model.bin is not read, since such files can hold programs: save the model as safetensors"
            : "")]);
    }

    private static void Write<T>(string path, T value, JsonTypeInfo<T> type)
    {
        var temporary = path + ".partial";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(value, type));
        File.Move(temporary, path, overwrite: true);
    }
}
