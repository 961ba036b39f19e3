using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Functions.Tests.Hosting.Protocol;

/// <summary>What is deployed: an app root that the Functions host takes as it is.</summary>
public sealed partial class PackageTests(PublishedApp app)
{
    private const long LargestZip = 120L * 1000 * 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_root_is_complete_and_small_and_the_zip_keeps_the_execute_bit()
    {
        var root = await app.RootAsync(Token);
        using var host = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(root, "host.json"), Token));
        var executable = host.RootElement.GetProperty("customHandler").GetProperty("description").GetProperty("defaultExecutablePath").GetString()!;
        Assert.Equal("[4.*, 5.0.0)", host.RootElement.GetProperty("extensionBundle").GetProperty("version").GetString());
        Assert.True(File.Exists(Path.Combine(root, "libonnxruntime.so")));
        Assert.True(File.Exists(Path.Combine(root, "libcoreclr.so")), "The runtime is not in the package.");
        Assert.Empty(Directory.EnumerateFiles(root, "*TrainerJob*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFiles(root, "*.pdb", SearchOption.AllDirectories));
        Assert.False(File.Exists(Path.Combine(root, "web.config")));
        Assert.False(File.Exists(Path.Combine(root, "local.settings.json")));

        var zip = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.zip");
        try
        {
            await ZipFile.CreateFromDirectoryAsync(root, zip, Token);
            Assert.InRange(new FileInfo(zip).Length, 1, LargestZip);
            using var archive = await ZipFile.OpenReadAsync(zip, Token);
            Assert.NotNull(archive.GetEntry("host.json"));
            // The upper half of the attributes is the Unix mode.
            Assert.Equal(Convert.ToInt32("755", 8), (archive.GetEntry(executable)!.ExternalAttributes >> 16) & Convert.ToInt32("777", 8));
        }
        finally
        {
            File.Delete(zip);
        }
    }

    [Fact]
    public async Task Function_names_triggers_and_bindings_are_such_as_the_host_takes()
    {
        var root = await app.RootAsync(Token);
        var functions = await app.FunctionsAsync(Token);
        Assert.Superset(
            new HashSet<string>
            {
                "ConvertPost", "StartTraining", "DecideDeployment", "PublishPost", "Sample", "Predict", "SendFeedback", "WatchDeployment", "Rollback", "Health",
            },
            functions.Select(function => function.Name).ToHashSet());
        Assert.All(Directory.EnumerateFiles(root, "function.json", SearchOption.AllDirectories), path => Assert.Equal(root, Path.GetDirectoryName(Path.GetDirectoryName(path))));
        foreach (var function in functions)
        {
            Assert.Matches(FunctionName(), function.Name);
            Assert.False(function.Name.Equals("host", StringComparison.OrdinalIgnoreCase));
            using var file = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(root, function.Name, "function.json"), Token));
            var bindings = file.RootElement.GetProperty("bindings").EnumerateArray().ToList();
            Assert.Equal(bindings.Count, bindings.Select(binding => binding.GetProperty("name").GetString()).Distinct().Count());
            var trigger = bindings.Single(binding => binding.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.Ordinal));
            switch (function.Trigger.Type)
            {
                case "blobTrigger":
                    // Flex Consumption refuses polling triggers.
                    Assert.Equal("EventGrid", trigger.GetProperty("source").GetString());
                    Assert.Equal("binary", trigger.GetProperty("dataType").GetString());
                    Assert.Equal("AzureWebJobsStorage", trigger.GetProperty("connection").GetString());
                    break;
                case "timerTrigger":
                    // A setting of the app, which its settings resolve to six fields.
                    Assert.Matches("^%[A-Z_]+%$", function.Trigger.Schedule);
                    Assert.Equal(6, new PipelineSettings().Resolve(function.Trigger.Schedule!).Split(' ').Length);
                    break;
                default:
                    // Only then the host forwards requests.
                    Assert.Equal(["httpTrigger", "http"], bindings.Select(binding => binding.GetProperty("type").GetString()));
                    break;
            }
        }
    }

    [Fact]
    public async Task The_bill_of_materials_names_every_package_with_its_version_and_license()
    {
        var root = await app.RootAsync(Token);
        using var bill = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(root, "bom.json"), Token));
        using var dependencies = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(root, "Pipeline.Functions.deps.json"), Token));
        Assert.Equal(("CycloneDX", "1.5"), (bill.RootElement.GetProperty("bomFormat").GetString(), bill.RootElement.GetProperty("specVersion").GetString()));
        var components = bill.RootElement.GetProperty("components").EnumerateArray().ToDictionary(component => component.GetProperty("purl").GetString()!);

        // What the runtime itself says it loads packages of.
        var target = dependencies.RootElement.GetProperty("targets").EnumerateObject().Single(target => target.Name.Contains('/', StringComparison.Ordinal)).Value;
        var loaded = target.EnumerateObject().Where(library => library.Value.TryGetProperty("runtime", out _) || library.Value.TryGetProperty("native", out _)).Select(library => library.Name).ToHashSet();
        var packages = dependencies.RootElement.GetProperty("libraries").EnumerateObject().Where(library => library.Value.GetProperty("type").GetString() == "package" && loaded.Contains(library.Name)).ToList();
        Assert.True(packages.Count > 20);
        foreach (var package in packages)
        {
            Assert.Contains($"pkg:nuget/{package.Name.Replace("/", "@", StringComparison.Ordinal)}", components.Keys);
        }

        // The list for people has them all, too.
        var list = await File.ReadAllTextAsync(Path.Combine(root, "THIRD-PARTY.md"), Token);
        Assert.All(packages, package => Assert.Contains($"| {package.Name.Replace("/", " | ", StringComparison.Ordinal)} | ", list, StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(root, "licenses", "onnxruntime", "ThirdPartyNotices.txt")));
        Assert.Contains(components.Keys, purl => purl.StartsWith("pkg:npm/com.github.asus4.onnxruntime@", StringComparison.Ordinal));
        Assert.Contains(components.Keys, purl => purl.StartsWith("pkg:nuget/Microsoft.NETCore.App.Runtime.linux-x64@", StringComparison.Ordinal));
        Assert.All(components.Values, component =>
        {
            var license = component.GetProperty("licenses")[0];
            var said = license.TryGetProperty("expression", out var expression) ? expression.GetString()
                : license.GetProperty("license").TryGetProperty("id", out var id) ? id.GetString() : license.GetProperty("license").GetProperty("name").GetString();
            Assert.False(string.IsNullOrWhiteSpace(said), component.ToString());
        });
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,127}$")]
    private static partial Regex FunctionName();
}
