namespace Pipeline.Registry;

/// <summary>A file of a model.</summary>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal.</param>
/// <param name="Length">Bytes.</param>
public sealed record ModelFile(string Sha256, long Length);
