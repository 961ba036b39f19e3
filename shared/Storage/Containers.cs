namespace Pipeline.Storage;

/// <summary>The containers' names, fixed because other parts and users rely on them.</summary>
public static class Containers
{
    public const string Posts = "posts";
    public const string Documents = "documents";
    public const string Corpora = "corpora";
    public const string Runs = "runs";
    public const string Models = "models";
    public const string Registry = "registry";
    public const string Feedback = "feedback";
    public const string Published = "published";

    /// <summary>Every container, in the order of the flow.</summary>
    public static IReadOnlyList<string> All { get; } = [Posts, Documents, Corpora, Runs, Models, Registry, Feedback, Published];
}
