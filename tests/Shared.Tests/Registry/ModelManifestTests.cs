using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Registry;

namespace Pipeline.Shared.Tests.Registry;

public sealed class ModelManifestTests
{
    private static readonly string Sha = new('0', 64);

    private static ModelManifest Sound => Models.Manifest("v1") with
    {
        Files = new Dictionary<string, ModelFile> { ["onnx/model.onnx"] = new(Sha, 5), ["config.json"] = new(Sha, 2) },
    };

    [Fact]
    public void A_manifest_is_read_back()
    {
        var read = ModelManifest.FromJson(Sound.ToJson());
        Assert.Equivalent(Sound, read, strict: true);
        Assert.Equal(7, read.Length);
    }

    [Fact]
    public void The_json_has_the_names_that_others_rely_on()
    {
        using var json = JsonDocument.Parse(Sound.ToJson());
        Assert.Equal(
            ["baseModel", "corpusId", "created", "files", "forgotten", "format", "golden", "metrics", "privacy", "run", "seed", "servingFile", "servingReason", "settings", "shape", "tokenizer", "version"],
            json.RootElement.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["context", "heads", "layers", "vocabulary", "width"], json.RootElement.GetProperty("shape").EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        Assert.Equal(5, json.RootElement.GetProperty("files").GetProperty("onnx/model.onnx").GetProperty("length").GetInt64());
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("C:/windows")]
    [InlineData("a\\..\\b")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData(".locks/x")]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("manifest.json")]
    public void A_path_that_is_no_file_of_the_model_is_refused(string path) =>
        Refused(Sound with { Files = new Dictionary<string, ModelFile>(Sound.Files) { [path] = new(Sha, 1) } }, "is no path of a model's file");

    [Fact]
    public void Lengths_and_hashes_that_cannot_be_are_refused()
    {
        Refused(With(new ModelFile(Sha, -1)), "has the length -1");
        Refused(With(new ModelFile(Sha, long.MaxValue)), "longer than");
        Refused(With(new ModelFile("ABC", 1)), "no SHA-256");
        Refused(With(new ModelFile(Sha.Replace('0', 'A'), 1)), "no SHA-256");
        Refused(With(null!), "no SHA-256");

        static ModelManifest With(ModelFile file) => Sound with { Files = new Dictionary<string, ModelFile>(Sound.Files) { ["x"] = file, ["y"] = new(Sha, 1) } };
    }

    [Fact]
    public void What_contradicts_itself_is_refused()
    {
        Refused(Sound with { ServingFile = "onnx/other.onnx" }, "not among its files");
        Refused(Sound with { Files = new Dictionary<string, ModelFile>(Sound.Files) { ["onnx"] = new(Sha, 1) } }, "both a file and a folder");
        Refused(Sound with { Metrics = new ModelMetrics { Perplexity = 0.5 } }, "perplexity");
        Refused(Sound with { Files = Enumerable.Range(0, 1001).ToDictionary(number => $"f{number}", _ => new ModelFile(Sha, 1)) }, "1000 are allowed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("Upper")]
    [InlineData(".hidden")]
    public void A_version_that_is_no_folders_name_is_refused(string version) => Refused(Sound with { Version = version }, "is no model version");

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"version\":")]
    public void Other_json_is_refused(string json) =>
        Assert.Contains("Not a model manifest", Assert.Throws<RegistryException>(() => ModelManifest.FromJson(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("shape")]
    [InlineData("corpusId")]
    [InlineData("tokenizer")]
    [InlineData("version")]
    public void A_null_where_something_must_be_is_refused(string property)
    {
        var json = JsonNode.Parse(Sound.ToJson())!.AsObject();
        json[property] = null;
        Assert.Throws<RegistryException>(() => ModelManifest.FromJson(Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    [Fact]
    public void A_newer_format_is_refused() => Refused(Sound with { Format = ModelManifest.CurrentFormat + 1 }, "Update Pipeline");

    private static void Refused(ModelManifest manifest, string reason) =>
        Assert.Contains(reason, Assert.Throws<RegistryException>(() => ModelManifest.FromJson(manifest.ToJson())).Message, StringComparison.Ordinal);
}
