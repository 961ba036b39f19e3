namespace Pipeline.Publishing;

/// <summary>One file of a blog on disk.</summary>
/// <param name="Path">Its path in the blog, with forward slashes.</param>
/// <param name="FullPath">Where it lies.</param>
/// <param name="Executable">Whether its owner may run it.</param>
internal sealed record BlogFile(string Path, string FullPath, bool Executable);
