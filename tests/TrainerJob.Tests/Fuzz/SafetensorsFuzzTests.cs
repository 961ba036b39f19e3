using Pipeline.Testing;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Tests.Fuzz;

/// <summary>Runs alone, since what it measures is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzAlone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "fuzz";
}

/// <summary>A file of weights from elsewhere may be anything.</summary>
[Collection(FuzzAlone.Name)]
public sealed class SafetensorsFuzzTests
{
    [Fact]
    public void A_damaged_file_is_read_or_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Sub("model.safetensors");
        SafetensorsWriter.Write(path, [SafetensorsTensor.Of("a", [2, 3], new float[6]), SafetensorsTensor.Of("b.weight", [4], new long[4])], new Dictionary<string, string> { ["format"] = "pt" });
        new Fuzzing(
            [File.ReadAllBytes(path)],
            ["\"data_offsets\":[0,24]", "\"shape\":[2,3]", "\"dtype\":\"F32\"", "\"BF16\"", "[9223372036854775807,2]", "[0,18446744073709551615]", "-1", "{", "}", "[", "]", "\"__metadata__\":", "\"a\":", ",", "null"]).Run(
            2500,
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                using var file = SafetensorsFile.Open(path);
                foreach (var (name, entry) in file.Tensors.Where(tensor => tensor.Value.Elements < 1000))
                {
                    try
                    {
                        file.ReadNumbers(name, new float[entry.Elements]);
                    }
                    catch (SafetensorsException)
                    {
                        // Of a type that holds no such numbers.
                    }
                }
            },
            exception => exception is SafetensorsException);
    }
}
