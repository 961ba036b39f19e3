using System.Text.RegularExpressions;
using Pipeline.Generation;
using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>What a manifest must hold to before a path or length of it is used: it comes from a store, where anybody may have put it.</summary>
internal static partial class ManifestCheck
{
    private const int MostFiles = 1000;
    private const int MostGolden = 64;
    private const long LongestModel = 1L << 40;

    /// <summary>Refuses a manifest that is not sound.</summary>
    /// <exception cref="RegistryException">The message says what is wrong.</exception>
    public static void Check(ModelManifest manifest)
    {
        if (ProblemOf(manifest) is { } problem)
        {
            throw new RegistryException($"The manifest of model '{manifest.Version}' is refused: {problem} Publish the model again under a new version.");
        }
    }

    /// <summary>Refuses what cannot be a version's name.</summary>
    /// <exception cref="RegistryException">The message says what is allowed.</exception>
    public static void CheckVersion(string? version)
    {
        if (version is null || !Version().IsMatch(version))
        {
            throw new RegistryException($"'{version}' is no model version: 1 to 100 lower-case letters, digits, dots, underscores and hyphens, a letter or digit first.");
        }
    }

    private static string? ProblemOf(ModelManifest manifest)
    {
        CheckVersion(manifest.Version);
        if (manifest is { CorpusId: null } or { Run: null } or { Shape: null } or { Tokenizer: null })
        {
            return "a field is null that must not be.";
        }

        if (manifest.Files.Count > MostFiles)
        {
            return $"it names {manifest.Files.Count} files; {MostFiles} are allowed.";
        }

        foreach (var (path, file) in manifest.Files)
        {
            if (ProblemOf(path, file) is { } problem)
            {
                return problem;
            }
        }

        return manifest.Files.Values.Aggregate(0m, (sum, file) => sum + file.Length) > LongestModel ? $"its files are longer than {LongestModel} bytes together."
            : FolderThatIsAFile(manifest.Files.Keys) is { } both ? $"'{both}' is both a file and a folder."
            : manifest.ServingFile is { } serving && !manifest.Files.ContainsKey(serving) ? $"its serving file '{serving}' is not among its files."
            : ProblemOf(manifest.Golden, manifest.Shape.Vocabulary) ?? ProblemOf(manifest.Metrics);
    }

    private static string? ProblemOf(string path, ModelFile? file) =>
        BlobName.ProblemOf(path) is not null || path.Contains(':', StringComparison.Ordinal) || path.StartsWith('.') || path == ModelManifest.FileName ? $"'{path}' is no path of a model's file."
        : file is null || file.Sha256 is null || !Sha256().IsMatch(file.Sha256) ? $"'{path}' has no SHA-256 of 64 lower-case hexadecimal digits."
        : file.Length < 0 ? $"'{path}' has the length {file.Length}."
        : null;

    private static string? ProblemOf(GoldenLogits? golden, int vocabulary) =>
        golden is not null && (golden.Prompt.Count is 0 or > MostGolden || golden.Tokens.Count is 0 or > MostGolden || golden.Tokens.Count != golden.Logits.Count
            || golden.Prompt.Concat(golden.Tokens).Any(token => token < 0 || token >= vocabulary) || !golden.Logits.All(double.IsFinite))
            ? "its golden logits are not sound."
            : null;

    // JSON has no infinities, but a manifest in memory may: a model that diverged.
    private static string? ProblemOf(ModelMetrics metrics) =>
        metrics.TrainLoss is { } train && !double.IsFinite(train) ? "its train loss is not finite."
        : metrics.ValidationLoss is { } validation && !double.IsFinite(validation) ? "its validation loss is not finite."
        : new[] { metrics.Perplexity, metrics.Float32Perplexity, metrics.EightBitPerplexity, metrics.FourBitPerplexity }.Any(perplexity => perplexity is not null and not (>= 1 and <= double.MaxValue))
            ? "its perplexity is not a number from 1 on."
        : null;

    private static string? FolderThatIsAFile(IEnumerable<string> paths)
    {
        var files = paths.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return files.SelectMany(Folders).FirstOrDefault(files.Contains);
    }

    private static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,99}\z")]
    private static partial Regex Version();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Sha256();
}
