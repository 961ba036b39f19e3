namespace Pipeline.Tokenization;

/// <summary>The lines of <c>merges.txt</c> and <c>vocab.bpe</c>.</summary>
internal static class MergesFile
{
    private const string VersionPrefix = "#version";

    /// <summary>The rules in the order of their ranks.</summary>
    /// <exception cref="TokenizerException">A line is not two names with one blank between them.</exception>
    public static IEnumerable<NamedMerge> Parse(string path, string text)
    {
        var number = 0;
        var rank = 0;
        using var lines = new StringReader(text);
        while (lines.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith(VersionPrefix, StringComparison.Ordinal)))
            {
                continue;
            }

            yield return Split(line, rank++)
                ?? throw new TokenizerException($"{path}: line {number} is not two tokens with one blank between them. Write the file again with the tool that made it.");
        }
    }

    /// <summary>The rule that a line spells, or null.</summary>
    public static NamedMerge? Split(string line, int rank) =>
        line.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right] ? new NamedMerge(left, right, rank) : null;

    /// <summary>The file's text for rules given in the order of their ranks.</summary>
    public static string Format(IEnumerable<NamedMerge> merges) =>
        string.Concat(merges.Select(merge => $"{merge.Left} {merge.Right}\n").Prepend($"{VersionPrefix}: 0.2\n"));
}
