using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

/// <summary>Drafts, blogs and clocks for tests; a test says only what matters to it.</summary>
internal static class Drafts
{
    public static readonly PostProvenance Provenance = new("0123abcd-89ef4567", "0123456789abcdef", 42, "temperature 0.8, top-k 40, top-p 0.95");

    public static PostDraft Draft(string title = "A calm week", string body = "Wind west, two. The glass was steady.\n\nNothing happened.", IReadOnlyList<string>? categories = null, IReadOnlyList<string>? tags = null) =>
        new(title, categories ?? [], tags ?? [], body, Provenance);

    /// <summary>A post's file with the given head.</summary>
    public static (string Path, string Content) Post(string path, string head, string body = "Text.") => (path, $"---\n{head}\n---\n\n{body}\n");
}
