using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.SupplyChain;

/// <summary>What others wrote and we build on: locked by content, listed with its license. PIPELINE_THIRD_PARTY=1 writes the list anew.</summary>
public sealed class SupplyChainTests
{
    // What the product is made of must be free to use and pass on; tests may need more, since nothing of it is passed on.
    private static readonly string[] Permissive = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"];

    private static readonly string List = Path.Combine(ProjectFolders.Root, "THIRD-PARTY.md");

    [Fact]
    public void Every_project_has_a_lock_that_names_content_and_no_place()
    {
        Assert.All(LockedPackages.NuGetLocks, file =>
        {
            var text = File.ReadAllText(file.Value);
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
            using var locked = JsonDocument.Parse(text);
            Assert.All(
                locked.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(target => target.Value.EnumerateObject()).Where(package => package.Value.GetProperty("type").GetString() != "Project"),
                package => Assert.Equal(64, Convert.FromBase64String(package.Value.GetProperty("contentHash").GetString()!).Length));
        });
        Assert.All(new[] { "shared", "tests" }, folder =>
        {
            using var locked = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ProjectFolders.Root, folder, "package-lock.json")));
            Assert.All(locked.RootElement.GetProperty("packages").EnumerateObject().Where(package => package.Name.Length > 0), package =>
            {
                Assert.StartsWith("sha512-", package.Value.GetProperty("integrity").GetString(), StringComparison.Ordinal);
                Assert.False(package.Value.TryGetProperty("resolved", out _), package.Name);
            });
        });
    }

    [Fact]
    public void Every_package_is_listed_with_its_license()
    {
        var list = Write();
        if (Environment.GetEnvironmentVariable("PIPELINE_THIRD_PARTY") is { Length: > 0 })
        {
            File.WriteAllText(List, list);
        }

        Assert.True(File.Exists(List) && File.ReadAllText(List) == list, "THIRD-PARTY.md does not list the packages of the lock files: run this test with PIPELINE_THIRD_PARTY=1 and look at what changed.");
    }

    [Fact]
    public void The_product_stands_on_permissive_licenses_alone() =>
        Assert.All(LockedPackages.OfProduct().Concat(LockedPackages.Npm("shared")), package => Assert.True(Permissive.Contains(package.License) || package.License.EndsWith("dotnet/corefx/blob/master/LICENSE.TXT", StringComparison.Ordinal), $"{package}"));

    private static string Write()
    {
        var text = new StringBuilder()
            .Append("# Third-party packages\n\n")
            .Append("Every package of the lock files, with the license that it says it has. A test compares this list with them; `PIPELINE_THIRD_PARTY=1` and\n`-method \"*Every_package_is_listed*\"` write it anew. What one published program holds is in its `bom.json`.\n\n")
            .Append("## In the product\n\nWith the .NET runtime itself (MIT), which `dotnet publish` puts in.\n\n");
        Table(text, LockedPackages.OfProduct(), "NuGet");
        Table(text, LockedPackages.Npm("shared"), "npm");
        text.Append("## For tests and benchmarks alone\n\n");
        Table(text, LockedPackages.OfTests(), "NuGet");
        text.Append("From npm, by license:\n");
        foreach (var license in LockedPackages.Npm("tests").GroupBy(package => package.License).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{license.Key}** ({license.Count()}): {string.Join(", ", license.Select(package => $"{package.Name} {package.Version}"))}\n");
        }

        return text.ToString();
    }

    private static void Table(StringBuilder text, IReadOnlyList<LockedPackage> packages, string registry)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {registry} package | version | license |\n|---|---|---|\n");
        foreach (var package in packages)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {package.Name} | {package.Version} | {package.License} |\n");
        }

        text.Append('\n');
    }
}
