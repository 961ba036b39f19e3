using System.Text.RegularExpressions;

namespace Pipeline.Functions.Hosting;

/// <summary>The path of a blob trigger, such as <c>models/{version}/manifest.json</c>: a container and a pattern of names.</summary>
internal sealed partial class BlobPattern
{
    private readonly Regex regex;

    /// <summary>Parses a trigger's path.</summary>
    /// <exception cref="FormatException">It has no container.</exception>
    public BlobPattern(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0)
        {
            throw new FormatException($"The blob trigger's path '{path}' has no container.");
        }

        Container = path[..slash];
        Template = path[(slash + 1)..];
        // As in the Functions host, a placeholder stands for any characters, slashes too.
        regex = new("^" + Placeholder().Replace(Regex.Escape(Template), "(?<$1>.+)") + "$", RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>The container, which has no placeholders.</summary>
    public string Container { get; }

    /// <summary>The pattern of names within the container.</summary>
    public string Template { get; }

    /// <summary>The placeholders' values if the name matches, else null.</summary>
    public IReadOnlyDictionary<string, string>? Match(string name)
    {
        var match = regex.Match(name);
        return match.Success
            ? match.Groups.Keys.Where(key => !char.IsAsciiDigit(key[0])).ToDictionary(key => key, key => match.Groups[key].Value)
            : null;
    }

    /// <summary>The name that the placeholders' values make, the reverse of <see cref="Match"/>.</summary>
    /// <exception cref="InvocationException">A placeholder has no value.</exception>
    public string Fill(Func<string, string?> value) =>
        TemplatePlaceholder().Replace(Template, match => value(match.Groups[1].Value)
            ?? throw new InvocationException($"Metadata.{match.Groups[1].Value} is missing."));

    // Regex.Escape turns {name} into \{name}.
    [GeneratedRegex(@"\\\{(\w+)}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{(\w+)}")]
    private static partial Regex TemplatePlaceholder();
}
