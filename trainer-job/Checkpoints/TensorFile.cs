using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Checkpoints;

/// <summary>Tensors of a checkpoint as a safetensors file of float32.</summary>
internal static class TensorFile
{
    /// <summary>Writes tensors and waits until the disk has them.</summary>
    /// <returns>SHA-256 of the file.</returns>
    public static string Write(string path, IReadOnlyList<IStateTensor> tensors) =>
        SafetensorsWriter.Write(path, [.. tensors.Select(SafetensorsTensor.Of)]);

    /// <summary>Makes sure that a file holds tensors of these names and shapes, and no others.</summary>
    /// <exception cref="InvalidDataException">It does not.</exception>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static void Check(string path, IReadOnlyList<IStateTensor> tensors)
    {
        using var file = SafetensorsFile.Open(path);
        Check(file, tensors);
    }

    /// <summary>Reads a file straight into tensors of the same names and shapes.</summary>
    /// <exception cref="InvalidDataException">The file holds other tensors.</exception>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static void Read(string path, IReadOnlyList<IStateTensor> tensors)
    {
        using var file = SafetensorsFile.Open(path);
        Check(file, tensors);
        foreach (var tensor in tensors)
        {
            file.ReadNumbers(tensor.Name, tensor.Values);
        }
    }

    private static void Check(SafetensorsFile file, IReadOnlyList<IStateTensor> tensors)
    {
        if (file.Tensors.Count != tensors.Count
            || !tensors.All(tensor => file.Tensors.TryGetValue(tensor.Name, out var entry) && entry.DataType == "F32" && entry.Shape.SequenceEqual(tensor.Shape)))
        {
            throw new InvalidDataException($"{Path.GetFileName(file.Path)} holds other tensors than this model");
        }
    }
}
