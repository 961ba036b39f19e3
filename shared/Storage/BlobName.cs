using System.Text;

namespace Pipeline.Storage;

/// <summary>A blob's address: a container and a name with forward slashes, such as <c>posts</c> and <c>docs/_posts/2024-01-02-a.md</c>.</summary>
/// <remarks>What is allowed is what both stores can keep: Azure's rules for names, and a file system's for each part.</remarks>
public sealed record BlobName
{
    private const int LongestPath = 1024;

    // NAME_MAX of the common Linux file systems.
    private const int LongestPart = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Makes an address, checking both parts.</summary>
    /// <exception cref="ArgumentException">The container or the name is not allowed; the message says why.</exception>
    public BlobName(string container, string path)
    {
        CheckContainer(container);
        if (ProblemOf(path) is { } problem)
        {
            throw new ArgumentException(problem, nameof(path));
        }

        Container = container;
        Path = path;
    }

    /// <summary>The container.</summary>
    public string Container { get; }

    /// <summary>The name within the container.</summary>
    public string Path { get; }

    /// <inheritdoc />
    public override string ToString() => $"{Container}/{Path}";

    /// <summary>Refuses what is no container name.</summary>
    /// <exception cref="ArgumentException">The message says what is allowed.</exception>
    internal static void CheckContainer(string container)
    {
        if (container.Length is < 3 or > 63 || !container.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
            || container[0] == '-' || container[^1] == '-' || container.Contains("--", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{container}' is no container name: 3 to 63 lower-case letters, digits and single hyphens.", nameof(container));
        }
    }

    /// <summary>Why a name is not allowed, or null if it is.</summary>
    internal static string? ProblemOf(string path)
    {
        if (path.Length is 0 or > LongestPath
            || path.Contains('\\') || path.Any(char.IsControl)
            || path.Split('/').Any(part => part is "" or "." or ".."))
        {
            return $"'{path}' is no blob name: 1 to {LongestPath} characters, no '..', no empty part, no backslash, no control character.";
        }

        try
        {
            return path.Split('/').Any(part => Strict.GetByteCount(part) > LongestPart)
                ? $"'{path}' is no blob name: a part between slashes is longer than {LongestPart} bytes in UTF-8. Shorten the file's name."
                : null;
        }
        catch (EncoderFallbackException)
        {
            return "A blob name has half of a surrogate pair in it, which UTF-8 cannot hold. Rename the file.";
        }
    }
}
