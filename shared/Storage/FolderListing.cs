using System.IO.Enumeration;

namespace Pipeline.Storage;

/// <summary>The names of the files below a container's folder, in ordinal order of their UTF-8 forms.</summary>
/// <remarks>Others write and delete there meanwhile: what is gone when it is looked at is left out.</remarks>
internal static class FolderListing
{
    private static readonly EnumerationOptions _everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Names that begin with the prefix. Links, and files whose names no blob can have, are left out.</summary>
    public static IEnumerable<string> Names(string containerFolder, string prefix) =>
        new DirectoryInfo(containerFolder).LinkTarget is null ? Below(containerFolder, "", prefix) : [];

    private static IEnumerable<string> Below(string folder, string path, string prefix)
    {
        // A folder sorts by its name with the slash: "a-b" comes before "a/b", and "a/b" before "a0".
        var entries = Entries(folder)
            .Select(entry => (Name: entry.IsFolder ? $"{path}{entry.Name}/" : $"{path}{entry.Name}", entry.IsFolder, Path: Path.Combine(folder, entry.Name)))
            .Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)
                || (entry.IsFolder && prefix.StartsWith(entry.Name, StringComparison.Ordinal)))
            .OrderBy(entry => entry.Name, Utf8Order.Instance);

        foreach (var entry in entries)
        {
            if (entry.IsFolder)
            {
                foreach (var inner in Below(entry.Path, entry.Name, prefix))
                {
                    yield return inner;
                }
            }
            else if (BlobName.ProblemOf(entry.Name) is null)
            {
                yield return entry.Name;
            }
        }
    }

    private static List<(string Name, bool IsFolder)> Entries(string folder)
    {
        try
        {
            return [.. new FileSystemEnumerable<(string, bool)>(folder, (ref entry) => (entry.FileName.ToString(), entry.IsDirectory), _everything)
            {
                ShouldIncludePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            }];
        }
        catch (IOException exception) when (exception is DirectoryNotFoundException || File.Exists(folder))
        {
            return [];
        }
    }
}
