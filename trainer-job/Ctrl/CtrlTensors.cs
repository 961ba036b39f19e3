using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Ctrl;

/// <summary>The tensors of a CTRL's files, one or several.</summary>
internal sealed class CtrlTensors : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _byName = new(StringComparer.Ordinal);

    /// <summary>Opens the files of a folder.</summary>
    public CtrlTensors(string folder)
    {
        try
        {
            foreach (var path in Gpt2Folder.WeightFiles(folder))
            {
                var file = SafetensorsFile.Open(path);
                _files.Add(file);
                foreach (var name in file.Tensors.Keys)
                {
                    _byName[name] = file;
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Refuses files that lack a tensor or have it in another size.</summary>
    /// <exception cref="ModelFolderException">Every difference is named.</exception>
    public void Demand(string folder, IEnumerable<(string Name, long[] Shape)> tensors)
    {
        string[] problems =
        [
            .. tensors.Where(tensor => !_byName.TryGetValue(tensor.Name, out var file) || !file.Tensors[tensor.Name].Shape.SequenceEqual(tensor.Shape))
                .Select(tensor => _byName.TryGetValue(tensor.Name, out var file)
                    ? $"{tensor.Name} is [{string.Join(',', file.Tensors[tensor.Name].Shape)}] where the configuration wants [{string.Join(',', tensor.Shape)}]"
                    : $"{tensor.Name} [{string.Join(',', tensor.Shape)}] is missing"),
        ];
        if (problems.Length > 0)
        {
            throw new ModelFolderException(folder, problems);
        }
    }

    /// <summary>Reads a tensor as float32.</summary>
    public void Read(string name, Span<float> destination) => _byName[name].ReadNumbers(name, destination);

    /// <inheritdoc />
    public void Dispose() => _files.ForEach(file => file.Dispose());
}
