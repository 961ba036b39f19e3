using Markdig;
using Markdig.Parsers;

namespace Pipeline.Posts.Text;

/// <summary>What the block parsers know and learn about the post that they read.</summary>
internal sealed class PostContext(string source, MarkdownReferences references, PostWarnings warnings) : MarkdownParserContext
{
    // Deeper nesting is no text for a reader, and each level costs time on each of its lines.
    private const int MostLevels = 40;

    private HtmlExtents? extents;

    /// <summary>The source after Liquid, into which all positions point.</summary>
    public string Source { get; } = source;

    /// <summary>Where definitions are noted.</summary>
    public MarkdownReferences References { get; } = references;

    /// <summary>Where what is odd is noted.</summary>
    public PostWarnings Warnings { get; } = warnings;

    /// <summary>Where the elements of HTML in the source end.</summary>
    public HtmlExtents Extents => extents ??= HtmlExtents.Of(Source);

    /// <summary>The position of the last <c>$$</c>, or -1.</summary>
    public int LastMath
    {
        get => field == int.MaxValue ? field = Source.LastIndexOf("$$", StringComparison.Ordinal) : field;
    } = int.MaxValue;

    /// <summary>The position of the last <c>{:/</c>, or -1.</summary>
    public int LastExtensionEnd
    {
        get => field == int.MaxValue ? field = Source.LastIndexOf("{:/", StringComparison.Ordinal) : field;
    } = int.MaxValue;

    /// <summary>The position of the last end of a comment, or -1.</summary>
    public int LastCommentEnd
    {
        get => field == int.MaxValue ? field = Source.LastIndexOf("-->", StringComparison.Ordinal) : field;
    } = int.MaxValue;

    /// <summary>The context of a parser at work.</summary>
    public static PostContext Of(BlockProcessor processor) => (PostContext)processor.Context!;

    /// <summary>Whether one more container may open; if not, its mark is text.</summary>
    public static bool MayNest(BlockProcessor processor)
    {
        var levels = 0;
        for (var container = processor.CurrentContainer; container is not null; container = container.Parent)
        {
            levels++;
        }

        if (levels <= MostLevels)
        {
            return true;
        }

        Of(processor).Warnings.Add($"Lists and quotes are nested more than {MostLevels / 2} levels deep; what lies deeper was taken for text.");
        return false;
    }
}
