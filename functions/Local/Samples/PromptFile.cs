using Pipeline.Posts;

namespace Pipeline.Functions.Local.Samples;

/// <summary>Prompts in a file, one a line; <c>\n</c> in a line is a line feed, and empty lines are none.</summary>
internal static class PromptFile
{
    // What is longer is a text by mistake.
    private const int LongestFile = 64 * 1024 * 1024;

    /// <summary>Reads the prompts.</summary>
    /// <exception cref="BlogException">The file is missing, too large or empty.</exception>
    public static async Task<IReadOnlyList<string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > LongestFile)
        {
            throw new BlogException(file.Exists
                ? $"{path} has {file.Length / 1048576} MB, more than the {LongestFile / 1048576} MB of a file of prompts: name one with a prompt a line."
                : $"There is no file {path}: name one with a prompt a line.");
        }

        var text = PostEncoding.Decode(await File.ReadAllBytesAsync(path, cancellationToken), []);
        string[] prompts = [.. text.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)).Select(Unescaped)];
        return prompts.Length > 0 ? prompts : throw new BlogException($"{path} holds no prompt: write one a line.");
    }

    /// <summary>A line with its escapes as what they mean: <c>\n</c>, <c>\t</c> and <c>\\</c>.</summary>
    public static string Unescaped(string line) => line
        .Replace("\\\\", "\0", StringComparison.Ordinal)
        .Replace("\\n", "\n", StringComparison.Ordinal)
        .Replace("\\t", "\t", StringComparison.Ordinal)
        .Replace('\0', '\\');
}
