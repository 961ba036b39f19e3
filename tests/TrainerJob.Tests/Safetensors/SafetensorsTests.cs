using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Testing;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Tests.Safetensors;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Name => _folder.Sub("file.safetensors");

    [Fact]
    public void What_is_written_is_read()
    {
        float[] numbers = [1, -2.5f, float.NaN, float.NegativeInfinity, 0, 3e-41f];
        long[] indices = [long.MinValue, 7];
        SafetensorsWriter.Write(
            Name,
            [SafetensorsTensor.Of("b", [2, 3], numbers), SafetensorsTensor.Of("a", [2], indices), SafetensorsTensor.Of("none", [0, 4], Array.Empty<float>())],
            new Dictionary<string, string> { ["format"] = "pt", ["step"] = "12" });
        using var file = SafetensorsFile.Open(Name);
        Assert.Equal(numbers, file.ReadNumbers("b"));
        Assert.Equal(indices, file.ReadIndices("a"));
        Assert.Empty(file.ReadNumbers("none"));
        Assert.Equal([2L, 3], file.Tensors["b"].Shape);
        Assert.Equal("12", file.Metadata["step"]);
        Assert.Equal([Name], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void Every_array_comes_back() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll<float[]>(values =>
    {
        SafetensorsWriter.Write(Name, [SafetensorsTensor.Of("x", [values.Length], values)]);
        using var file = SafetensorsFile.Open(Name);
        Assert.Equal(values, file.ReadNumbers("x"));
    }));

    [Fact]
    public void Half_and_brain_floats_become_float32()
    {
        Half[] halves = [(Half)1.5, (Half)(-0.25), Half.MaxValue, Half.Epsilon];
        ushort[] brains = [0x3FC0, 0xBE80, 0x7F80, 0x0001];
        var data = halves.SelectMany(BitConverter.GetBytes).Concat(brains.SelectMany(BitConverter.GetBytes)).ToArray();
        WriteRaw("""{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2,2],"data_offsets":[8,16]}}""", data);
        using var file = SafetensorsFile.Open(Name);
        Assert.Equal([1.5f, -0.25f, 65504f, 5.9604645e-8f], file.ReadNumbers("h"));
        Assert.Equal([1.5f, -0.25f, float.PositiveInfinity, 9.1835496e-41f], file.ReadNumbers("b"));
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "claims bytes 0 to 12 of 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "claims bytes 8 to 16 of 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "claims bytes 8 to 0 of 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "does not describe the tensor x")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "cannot have 8 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "cannot have 8 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}""", "cannot have 8 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "does not describe the tensor x")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1e400],"data_offsets":[0,8]}}""", "does not describe the tensor x")]
    [InlineData("""{"x":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}""", "unknown type F99")]
    [InlineData("""{"x":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "does not describe the tensor x")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2]}}""", "does not describe the tensor x")]
    [InlineData("""{"x":5}""", "does not describe the tensor x")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlaps")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "unused")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes follow")]
    [InlineData("""{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__")]
    [InlineData("""{"__metadata__":[]}""", "__metadata__")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("""{"x":""", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void A_header_that_lies_gives_one_error_that_names_the_file(string header, string problem)
    {
        WriteRaw(header, new byte[8]);
        var exception = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(Name));
        Assert.StartsWith(Name, exception.Message, StringComparison.Ordinal);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue, "more than any")]
    [InlineData(1UL << 40, "more than any")]
    [InlineData(90_000_000UL, "cut short")]
    [InlineData(9UL, "cut short")]
    public void A_header_length_that_lies_costs_no_memory(ulong length, string problem)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(Name, bytes);
        var exception = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(Name));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        SafetensorsWriter.Write(Name, [SafetensorsTensor.Of("x", [3], new float[3])]);
        var whole = File.ReadAllBytes(Name);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Name, whole[..length]);
            Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(Name));
        }
    }

    [Fact]
    public void A_header_nested_too_deep_is_refused()
    {
        WriteRaw(new string('[', 100_000), []);
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(Name));
    }

    [Fact]
    public void A_tensor_of_another_type_size_or_name_is_refused()
    {
        SafetensorsWriter.Write(Name, [SafetensorsTensor.Of("x", [2], new long[2]), SafetensorsTensor.Of("y", [2], new float[2])]);
        using var file = SafetensorsFile.Open(Name);
        Assert.Contains("I64", Assert.Throws<SafetensorsException>(() => file.ReadNumbers("x")).Message, StringComparison.Ordinal);
        Assert.Contains("I64", Assert.Throws<SafetensorsException>(() => file.ReadIndices("y")).Message, StringComparison.Ordinal);
        Assert.Contains("no tensor z", Assert.Throws<SafetensorsException>(() => file.ReadNumbers("z")).Message, StringComparison.Ordinal);
        Assert.Contains("2 elements", Assert.Throws<SafetensorsException>(() => file.ReadNumbers("y", new float[3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file()
    {
        SafetensorsWriter.Write(Name, [SafetensorsTensor.Of("x", [1], [5f])]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Name, [SafetensorsTensor.Of("x", [2], [5f])]));
        using var file = SafetensorsFile.Open(Name);
        Assert.Equal([5f], file.ReadNumbers("x"));
        Assert.Equal([Name], Directory.GetFiles(_folder.FullName));
    }

    public void Dispose() => _folder.Dispose();

    private void WriteRaw(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        File.WriteAllBytes(Name, [.. length, .. json, .. data]);
    }
}
