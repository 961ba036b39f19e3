namespace Pipeline.Publishing;

/// <summary>A post as we wrote it, whatever a person has made of it since.</summary>
/// <param name="Commit">Our newest commit on the branch; null if it is gone, since a person amended or squashed it.</param>
/// <param name="Path">The post's path there.</param>
/// <param name="Text">The post's file there.</param>
public sealed record OwnVersion(string? Commit, string Path, string Text);
