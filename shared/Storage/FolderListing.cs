namespace Pipeline.Storage;

/// <summary>The names of the files below a container's folder, in ordinal order of their UTF-8 forms.</summary>
internal static class FolderListing
{
    /// <summary>Names that begin with the prefix. Links, and files whose names no blob can have, are left out.</summary>
    public static IEnumerable<string> Names(string containerFolder, string prefix) => Below(new DirectoryInfo(containerFolder), "", prefix);

    private static IEnumerable<string> Below(DirectoryInfo folder, string path, string prefix)
    {
        if (folder.LinkTarget is not null || !folder.Exists)
        {
            yield break;
        }

        // A folder sorts by its name with the slash: "a-b" comes before "a/b", and "a/b" before "a0".
        var entries = folder.EnumerateFileSystemInfos()
            .Where(entry => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
            .Select(entry => (Name: entry is DirectoryInfo ? $"{path}{entry.Name}/" : $"{path}{entry.Name}", Entry: entry))
            .Where(pair => pair.Name.StartsWith(prefix, StringComparison.Ordinal)
                || (pair.Entry is DirectoryInfo && prefix.StartsWith(pair.Name, StringComparison.Ordinal)))
            .OrderBy(pair => pair.Name, Utf8Order.Instance)
            .ToList();

        foreach (var (name, entry) in entries)
        {
            if (entry is DirectoryInfo below)
            {
                foreach (var inner in Below(below, name, prefix))
                {
                    yield return inner;
                }
            }
            else if (BlobName.ProblemOf(name) is null)
            {
                yield return name;
            }
        }
    }
}
