using System.Text;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file under another name, then renames it over the old one.</summary>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        var writing = path + ".writing";
        using (var stream = new FileStream(writing, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(writing, path, overwrite: true);
    }

    /// <summary>The same for UTF-8 text.</summary>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
}
