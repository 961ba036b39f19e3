using Pipeline.Generation;
using Pipeline.Generation.Lstm;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>An LSTM in a folder: <c>config.json</c> and <c>model.safetensors</c>, the tensors under PyTorch's names.</summary>
internal static class LstmFolder
{
    /// <summary>Reads a model. The caller disposes of the parameters.</summary>
    /// <exception cref="ModelException">The description is missing or cannot be used.</exception>
    /// <exception cref="ModelFolderException">The weights are missing or differ from the description; every difference is named.</exception>
    /// <exception cref="SafetensorsException">The file of weights is damaged.</exception>
    public static (LstmConfig Config, ParameterSet Parameters) Load(string folder)
    {
        var config = LstmConfig.Read(folder);
        var path = Path.Combine(folder, Gpt2Folder.WeightsName);
        if (!File.Exists(path))
        {
            throw new ModelFolderException(folder, [$"there is no {Gpt2Folder.WeightsName}"]);
        }

        using var file = SafetensorsFile.Open(path);
        string[] problems =
        [
            .. LstmParameters.Of(config.Shape)
                .Where(tensor => file.Tensors.GetValueOrDefault(tensor.Name)?.Shape.SequenceEqual(tensor.Shape.ToInt64()) != true)
                .Select(tensor => $"{tensor.Name} {tensor.Shape} is missing or has another size"),
        ];
        if (problems.Length > 0)
        {
            throw new ModelFolderException(folder, problems);
        }

        var parameters = LstmParameters.Allocate(config.Shape);
        try
        {
            foreach (var parameter in parameters)
            {
                file.ReadNumbers(parameter.Name, parameter.Values);
            }

            return (config, parameters);
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <summary>Writes a model.</summary>
    public static void Save(string folder, LstmConfig config, ParameterSet parameters, int endOfText)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(
            Path.Combine(folder, Gpt2Folder.WeightsName),
            [.. parameters.Select(parameter => SafetensorsTensor.Of(parameter))],
            new Dictionary<string, string> { ["format"] = "pt" });
        var path = Path.Combine(folder, ModelConfig.FileName);
        File.WriteAllBytes(path + ".partial", config.ToJson(endOfText));
        File.Move(path + ".partial", path, overwrite: true);
    }
}
