using System.IO.Enumeration;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>The <c>defaults:</c> of a configuration: values for posts whose front matter lacks them, by path and type.</summary>
/// <remarks>Which of several sets wins follows Jekyll's FrontmatterDefaults: the longer path, then the one with a type, then the later.</remarks>
public sealed class FrontMatterDefaults
{
    private readonly Set[] _sets;

    private FrontMatterDefaults(Set[] sets) => _sets = sets;

    /// <summary>No defaults at all.</summary>
    public static FrontMatterDefaults None { get; } = new([]);

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _sets.Length == 0;

    /// <summary>The value of a key for a post, null if no set names it.</summary>
    /// <param name="path">The path below the source and the collections' folder.</param>
    /// <param name="key">The key.</param>
    public YamlNode? Find(string path, string key)
    {
        YamlNode? found = null;
        Set? winner = null;
        foreach (var set in _sets)
        {
            if (YamlValue.Find(set.Values, key) is { } value && set.AppliesTo(path) && (winner is null || set.Beats(winner)))
            {
                (found, winner) = (value, set);
            }
        }

        return found;
    }

    internal static FrontMatterDefaults Read(YamlMappingNode? config, string collectionsDir)
    {
        if (YamlValue.Find(config, "defaults") is not YamlSequenceNode list)
        {
            return None;
        }

        var sets = new List<Set>();
        foreach (var item in list.OfType<YamlMappingNode>())
        {
            var scope = YamlValue.Find(item, "scope") as YamlMappingNode;
            var type = YamlValue.Text(YamlValue.Find(scope, "type"));
            // Drafts belong to the collection of posts, so that "drafts" fits nothing.
            if (YamlValue.Find(item, "values") is YamlMappingNode values && type is null or "posts" or "post")
            {
                sets.Add(new Set(ScopePath(YamlValue.Text(YamlValue.Find(scope, "path")), collectionsDir), type is not null, values));
            }
        }

        return sets.Count == 0 ? None : new FrontMatterDefaults([.. sets]);
    }

    private static string ScopePath(string? written, string collectionsDir)
    {
        var path = written ?? "";
        path = path.StartsWith('/') ? path.Trim('/') : path;
        return collectionsDir.Length > 0 && path.StartsWith(collectionsDir + "/", StringComparison.Ordinal) ? path[(collectionsDir.Length + 1)..] : path;
    }

    private sealed record Set(string Path, bool Typed, YamlMappingNode Values)
    {
        public bool AppliesTo(string path) => Path.Contains('*', StringComparison.Ordinal)
            ? MatchesSegments(path)
            : path.StartsWith(Path, StringComparison.Ordinal);

        public bool Beats(Set other) => Path.Length != other.Path.Length ? Path.Length > other.Path.Length : Typed || !other.Typed;

        // A pattern names files or folders; what lies below a folder that fits does too.
        private bool MatchesSegments(string path)
        {
            for (var end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
            {
                if (FileSystemName.MatchesSimpleExpression(Path, path.AsSpan(0, end), ignoreCase: false))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
