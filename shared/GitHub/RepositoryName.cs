using System.Text.RegularExpressions;

namespace Pipeline.GitHub;

/// <summary>A repository on GitHub.</summary>
/// <param name="Owner">The user or organisation.</param>
/// <param name="Name">The repository.</param>
public sealed partial record RepositoryName(string Owner, string Name)
{
    /// <inheritdoc />
    public override string ToString() => $"{Owner}/{Name}";

    /// <summary>Reads <c>owner/name</c>.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static RepositoryName Parse(string text) =>
        Form().Match(text) is { Success: true } match && match.Groups["name"].Value is not ("." or "..")
            ? new(match.Groups["owner"].Value, match.Groups["name"].Value)
            : throw new FormatException($"'{text}' is no repository: write owner/name, as in the address of its page.");

    /// <summary>Whether a text names this repository; GitHub's names have no case.</summary>
    public bool Is(string? text) => string.Equals(text, ToString(), StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\A(?<owner>[A-Za-z0-9][A-Za-z0-9_-]{0,99})/(?<name>[A-Za-z0-9._-]{1,100})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
