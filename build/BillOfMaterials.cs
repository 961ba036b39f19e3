using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Writes what a published program is made of as a CycloneDX 1.5 document (https://cyclonedx.org/docs/1.5/json/): every NuGet and npm package with
/// version, license and, for NuGet, the hash of the package. The same packages give the same bytes.
/// </summary>
public sealed class BillOfMaterials : Task
{
    [Required]
    public string Name { get; set; }

    [Required]
    public string Version { get; set; }

    /// <summary>What is published; files of packages say which.</summary>
    [Required]
    public ITaskItem[] Files { get; set; }

    [Required]
    public string PackageRoot { get; set; }

    /// <summary>The folder of the npm packages whose files are published.</summary>
    [Required]
    public string NpmRoot { get; set; }

    [Required]
    public string Output { get; set; }

    public override bool Execute()
    {
        var components = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Files)
        {
            var (id, version) = (file.GetMetadata("NuGetPackageId"), file.GetMetadata("NuGetPackageVersion"));
            // A project of this repository has a name and a version as well, and no package: what it stands on is listed for itself.
            if (id.Length > 0 && version.Length > 0 && (IsRuntime(id) || File.Exists(Nuspec(id, version))))
            {
                components["pkg:nuget/" + id + "@" + version] = NuGet(id, version);
            }
        }

        foreach (Match match in Regex.Matches(File.ReadAllText(Path.Combine(NpmRoot, "package.json")), "\"([^\"]+)\":\\s*\"(\\d+\\.[^\"]+)\""))
        {
            components["pkg:npm/" + match.Groups[1].Value + "@" + match.Groups[2].Value] = Npm(match.Groups[1].Value, match.Groups[2].Value);
        }

        var text = new StringBuilder("{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.5\",\n  \"version\": 1,\n");
        text.Append("  \"metadata\": { \"component\": { \"type\": \"application\", \"name\": " + Quote(Name) + ", \"version\": " + Quote(Version) + ", \"licenses\": [{ \"license\": { \"id\": \"MIT\" } }] } },\n");
        text.Append("  \"components\": [\n    " + string.Join(",\n    ", components.Values) + "\n  ]\n}\n");
        File.WriteAllText(Output, text.ToString());
        return !Log.HasLoggedErrors;
    }

    private string NuGet(string id, string version)
    {
        var nuspec = Nuspec(id, version);
        var folder = Path.GetDirectoryName(nuspec);
        // The runtime's own parts may come with the SDK, which keeps no package of them; their license is .NET's.
        var license = IsRuntime(id) ? Id("MIT") : null;
        if (File.Exists(nuspec))
        {
            var element = XDocument.Load(nuspec).Descendants().FirstOrDefault(found => found.Name.LocalName == "license");
            var url = XDocument.Load(nuspec).Descendants().FirstOrDefault(found => found.Name.LocalName == "licenseUrl");
            license = element != null && (string)element.Attribute("type") == "expression" ? (element.Value.Contains(" ") ? "{ \"expression\": " + Quote(element.Value) + " }" : Id(element.Value))
                : element != null ? "{ \"license\": { \"name\": " + Quote(element.Value) + " } }"
                : url != null ? "{ \"license\": { \"name\": \"see address\", \"url\": " + Quote(url.Value) + " } }"
                : license;
        }

        if (license == null)
        {
            Log.LogError("The package " + id + " " + version + " says nothing of its license: look at it, and leave it out if it has none.");
            return "{}";
        }

        var hash = Path.Combine(folder, id.ToLowerInvariant() + "." + version.ToLowerInvariant() + ".nupkg.sha512");
        var hashes = File.Exists(hash) ? ", \"hashes\": [{ \"alg\": \"SHA-512\", \"content\": " + Quote(BitConverter.ToString(Convert.FromBase64String(File.ReadAllText(hash).Trim())).Replace("-", "").ToLowerInvariant()) + " }]" : "";
        return Component("nuget", id, version, license, hashes);
    }

    private string Nuspec(string id, string version)
    {
        return Path.Combine(PackageRoot, id.ToLowerInvariant(), version.ToLowerInvariant(), id.ToLowerInvariant() + ".nuspec");
    }

    private static bool IsRuntime(string id)
    {
        return id.StartsWith("Microsoft.NETCore.App.", StringComparison.Ordinal) || id.StartsWith("Microsoft.AspNetCore.App.", StringComparison.Ordinal);
    }

    private string Npm(string name, string version)
    {
        var folder = Path.Combine(NpmRoot, "node_modules", name);
        var said = Regex.Match(File.ReadAllText(Path.Combine(folder, "package.json")), "\"license\":\\s*\"([^\"]+)\"").Groups[1].Value;
        var text = Path.Combine(folder, "LICENSE");
        if (said.Length == 0 && File.Exists(text) && File.ReadLines(text).First().Trim() == "MIT License")
        {
            said = "MIT";
        }

        if (said.Length == 0)
        {
            Log.LogError("The package " + name + " " + version + " says nothing of its license: look at it, and leave it out if it has none.");
        }

        return Component("npm", name, version, Id(said), "");
    }

    private static string Component(string kind, string name, string version, string license, string hashes)
    {
        var address = "pkg:" + kind + "/" + name + "@" + version;
        return "{ \"type\": \"library\", \"bom-ref\": " + Quote(address) + ", \"name\": " + Quote(name) + ", \"version\": " + Quote(version) + ", \"purl\": " + Quote(address) + ", \"licenses\": [" + license + "]" + hashes + " }";
    }

    private static string Id(string id)
    {
        return "{ \"license\": { \"id\": " + Quote(id) + " } }";
    }

    private static string Quote(string text)
    {
        return "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
    }
}
