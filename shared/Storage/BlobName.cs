namespace Pipeline.Storage;

/// <summary>A blob's address: a container and a name with forward slashes, such as <c>posts</c> and <c>docs/_posts/2024-01-02-a.md</c>.</summary>
public sealed record BlobName
{
    private const int LongestPath = 1024;

    /// <summary>Makes an address, checking both parts.</summary>
    /// <exception cref="ArgumentException">The container or the name is not allowed; the message says why.</exception>
    public BlobName(string container, string path)
    {
        if (container.Length is < 3 or > 63 || !container.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
        {
            throw new ArgumentException($"'{container}' is no container name: 3 to 63 lower-case letters, digits and hyphens.", nameof(container));
        }

        if (path.Length is 0 or > LongestPath
            || path.Contains('\\') || path.Any(char.IsControl)
            || path.Split('/').Any(segment => segment is "" or "." or ".."))
        {
            throw new ArgumentException($"'{path}' is no blob name: 1 to {LongestPath} characters, no '..', no empty part, no backslash, no control character.", nameof(path));
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
}
