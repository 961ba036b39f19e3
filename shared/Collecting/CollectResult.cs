namespace Pipeline.Collecting;

/// <summary>What a run of a collector did.</summary>
/// <param name="Read">Posts that the source gave.</param>
/// <param name="Added">Posts that are new in the folder.</param>
/// <param name="Changed">Posts whose file was written again.</param>
/// <param name="Unchanged">Posts that were there already.</param>
/// <param name="Duplicates">Posts left out since another has the same id or the same text.</param>
public sealed record CollectResult(int Read, int Added, int Changed, int Unchanged, int Duplicates);
