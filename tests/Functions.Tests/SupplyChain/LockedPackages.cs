using System.Text.Json;
using System.Xml.Linq;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.SupplyChain;

/// <summary>A package that a lock file names.</summary>
/// <param name="Name">Its name in its registry.</param>
/// <param name="Version">Its version.</param>
/// <param name="License">An SPDX expression, or what the package says instead.</param>
internal sealed record LockedPackage(string Name, string Version, string License);

/// <summary>The packages of all lock files of the repository, with the licenses that they say they have.</summary>
internal static class LockedPackages
{
    private static readonly string[] Product = ["functions", "shared", "trainer-job"];

    /// <summary>The NuGet lock files by the folder of their project.</summary>
    public static IReadOnlyDictionary<string, string> NuGetLocks { get; } = Directory.EnumerateFiles(ProjectFolders.Root, "*.csproj", SearchOption.AllDirectories)
        .Where(path => !path.Contains("node_modules", StringComparison.Ordinal) && !path.Contains(".artifacts", StringComparison.Ordinal))
        .ToDictionary(path => Path.GetRelativePath(ProjectFolders.Root, Path.GetDirectoryName(path)!), path => Path.Combine(Path.GetDirectoryName(path)!, "packages.lock.json"));

    /// <summary>NuGet packages of the product.</summary>
    public static IReadOnlyList<LockedPackage> OfProduct() => NuGet(folder => Product.Contains(folder.Split('/')[0]));

    /// <summary>NuGet packages that only tests and benchmarks need.</summary>
    public static IReadOnlyList<LockedPackage> OfTests() => [.. NuGet(_ => true).Except(OfProduct())];

    /// <summary>npm packages of a folder's lock file.</summary>
    public static IReadOnlyList<LockedPackage> Npm(string folder)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ProjectFolders.Root, folder, "package-lock.json")));
        return
        [
            .. file.RootElement.GetProperty("packages").EnumerateObject().Where(package => package.Name.Length > 0).Select(package => new LockedPackage(
                package.Name[(package.Name.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..],
                package.Value.GetProperty("version").GetString()!,
                package.Value.TryGetProperty("license", out var license) ? license.GetString()! : NpmLicense(Path.Combine(ProjectFolders.Root, folder, package.Name))))
                .Distinct().OrderBy(package => package.Name, StringComparer.Ordinal).ThenBy(package => package.Version, StringComparer.Ordinal),
        ];
    }

    private static IReadOnlyList<LockedPackage> NuGet(Func<string, bool> of)
    {
        var found = new HashSet<(string, string)>();
        foreach (var (_, path) in NuGetLocks.Where(file => of(file.Key)))
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var package in file.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(target => target.Value.EnumerateObject()))
            {
                if (package.Value.GetProperty("type").GetString() != "Project")
                {
                    found.Add((package.Name, package.Value.GetProperty("resolved").GetString()!));
                }
            }
        }

        return [.. found.Select(package => new LockedPackage(package.Item1, package.Item2, NuGetLicense(package.Item1, package.Item2))).OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private static string NuGetLicense(string name, string version)
    {
        var nuspec = Path.Combine(PackageFolder.Value, name.ToLowerInvariant(), version.ToLowerInvariant(), name.ToLowerInvariant() + ".nuspec");
        var metadata = XDocument.Load(nuspec).Root!.Elements().First();
        var license = metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "license");
        return license?.Attribute("type")?.Value == "expression"
            ? license.Value
            : metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "licenseUrl")?.Value ?? throw new InvalidDataException($"{nuspec} names no license.");
    }

    // Older packages name it in a list; one says nothing and has the text.
    private static string NpmLicense(string folder)
    {
        using var package = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "package.json")));
        return package.RootElement.TryGetProperty("licenses", out var list) ? list[0].GetProperty("type").GetString()!
            : File.ReadLines(Path.Combine(folder, "LICENSE")).First().Trim() == "MIT License" ? "MIT"
            : throw new InvalidDataException($"{folder} names no license.");
    }

    // Where NuGet put the packages of this build.
    private static readonly Lazy<string> PackageFolder = new(() =>
    {
        using var assets = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ProjectFolders.Root, ".artifacts", "obj", "Pipeline.Functions.Tests", "project.assets.json")));
        return assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
    });
}
