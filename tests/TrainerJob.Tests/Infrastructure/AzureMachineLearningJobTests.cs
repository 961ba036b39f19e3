using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Testing;
using YamlDotNet.RepresentationModel;

namespace Pipeline.TrainerJob.Tests.Infrastructure;

/// <summary>
/// The job file against the reference of Azure Machine Learning's command jobs (CLI v2). The schema that it names is not to be had where this
/// is built, so the keys and values that the reference's tables allow are written down here.
/// </summary>
public sealed partial class AzureMachineLearningJobTests
{
    private static readonly string Folder = Path.Combine(ProjectFolders.Root, "infra", "azureml");

    private static readonly string[] Keys =
    [
        "$schema", "type", "name", "display_name", "experiment_name", "description", "tags", "command", "code", "environment", "environment_variables",
        "distribution", "compute", "resources", "limits", "inputs", "outputs", "identity", "services", "queue_settings",
    ];

    private static readonly string[] ResourceKeys = ["instance_count", "instance_type", "shm_size", "docker_args", "properties"];

    private readonly YamlMappingNode _job = Read();

    [Fact]
    public void Every_key_is_one_that_a_command_job_has()
    {
        Assert.Empty(Names(_job).Except(Keys));
        Assert.Empty(Names(Map(_job, "resources")).Except(ResourceKeys));
        Assert.Equal(["timeout"], Names(Map(_job, "limits")));
        Assert.Equal("command", Text(_job, "type"));
        Assert.EndsWith("/commandJob.schema.json", Text(_job, "$schema"), StringComparison.Ordinal);
        Assert.All(["command", "environment", "compute"], key => Assert.NotEmpty(Text(_job, key)));
    }

    [Fact]
    public void Values_have_the_types_and_forms_that_the_reference_names()
    {
        Assert.StartsWith("azureml:", Text(_job, "compute"), StringComparison.Ordinal);
        Assert.StartsWith("azureml:", Text(_job, "environment"), StringComparison.Ordinal);
        Assert.True(int.Parse(Text(Map(_job, "limits"), "timeout"), CultureInfo.InvariantCulture) > 0);
        Assert.True(int.Parse(Text(Map(_job, "resources"), "instance_count"), CultureInfo.InvariantCulture) > 0);
        Assert.Matches("^[0-9]+[bkmg]$", Text(Map(_job, "resources"), "shm_size"));
        var corpus = Map(Map(_job, "inputs"), "corpus");
        Assert.Empty(Names(corpus).Except(["type", "path", "mode"]));
        Assert.Equal(("uri_folder", "ro_mount"), (Text(corpus, "type"), Text(corpus, "mode")));
        Assert.StartsWith("azureml://datastores/", Text(corpus, "path"), StringComparison.Ordinal);
        var model = Map(Map(_job, "outputs"), "model");
        Assert.Equal(("uri_folder", "rw_mount"), (Text(model, "type"), Text(model, "mode")));
    }

    [Fact]
    public void The_command_names_every_input_and_output_and_no_other_and_files_that_are_there()
    {
        var command = Text(_job, "command");
        var named = Reference().Matches(command).Select(match => match.Groups[1].Value).Distinct().Order();
        var declared = Names(Map(_job, "inputs")).Select(name => "inputs." + name).Concat(Names(Map(_job, "outputs")).Select(name => "outputs." + name)).Order();

        Assert.Equal(declared, named);
        var code = Path.Combine(Folder, Text(_job, "code"));
        Assert.All(["prepare.py", "deepspeed.json"], file =>
        {
            Assert.Contains(file, command, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(code, file)));
        });
        using var deepSpeed = JsonDocument.Parse(File.ReadAllText(Path.Combine(code, "deepspeed.json")));
        Assert.Equal("auto", deepSpeed.RootElement.GetProperty("gradient_accumulation_steps").ToString());
    }

    private static YamlMappingNode Read()
    {
        using var reader = new StreamReader(Path.Combine(Folder, "job.yml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<string> Names(YamlMappingNode map) => map.Children.Keys.Select(key => ((YamlScalarNode)key).Value!);

    private static YamlMappingNode Map(YamlMappingNode map, string key) => Assert.IsType<YamlMappingNode>(map.Children[key]);

    private static string Text(YamlMappingNode map, string key) => Assert.IsType<YamlScalarNode>(map.Children[key]).Value!;

    [GeneratedRegex(@"\$\{\{\s*([a-z_.]+)\s*\}\}")]
    private static partial Regex Reference();
}
