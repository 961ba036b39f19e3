using System.Collections.Frozen;

namespace Pipeline.Posts.Text;

/// <summary>What an element's tags do to the text around them.</summary>
internal enum HtmlElementKind
{
    /// <summary>Unknown to HTML: at the start of a line kramdown takes it for a block.</summary>
    Unknown,

    /// <summary>Part of a line: the tags vanish.</summary>
    Span,

    /// <summary>A span whose inside kramdown does not read as Markdown: <c>code</c>, <c>kbd</c> …</summary>
    RawSpan,

    /// <summary>Ends a line: <c>div</c>, <c>tr</c>, <c>dt</c> …</summary>
    Line,

    /// <summary>Ends a paragraph: <c>p</c>, <c>h1</c>, <c>blockquote</c> …</summary>
    Paragraph,

    List,
    Item,
    Cell,
    Break,
    Rule,

    /// <summary>Without text and without an end tag: <c>img</c>, <c>input</c> …</summary>
    Void,

    /// <summary><c>pre</c>: code.</summary>
    Code,

    /// <summary>Vanishes with its inside, which holds tags: <c>svg</c>, <c>video</c> …</summary>
    Dropped,

    /// <summary>Vanishes with its inside, which holds no tags: <c>script</c>, <c>style</c> …</summary>
    DroppedRaw,
}

/// <summary>The elements of HTML by name.</summary>
internal static class HtmlElements
{
    private static readonly FrozenDictionary<string, HtmlElementKind> Kinds = Named().ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, HtmlElementKind>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Kinds.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The kind of an element, whatever the case of its name.</summary>
    public static HtmlElementKind KindOf(ReadOnlySpan<char> name) => BySpan.TryGetValue(name, out var kind) ? kind : HtmlElementKind.Unknown;

    /// <summary>Whether a tag at the start of a line starts a block of HTML.</summary>
    public static bool IsBlock(HtmlElementKind kind) =>
        kind is not (HtmlElementKind.Span or HtmlElementKind.RawSpan or HtmlElementKind.Break or HtmlElementKind.Void or HtmlElementKind.Rule);

    private static Dictionary<string, HtmlElementKind> Named()
    {
        var kinds = new Dictionary<string, HtmlElementKind>(StringComparer.OrdinalIgnoreCase);
        Add(HtmlElementKind.Span, "a abbr acronym b bdi bdo big button cite data del dfn em font i ins label mark meter nobr output progress q rb rbc rp rt rtc ruby s small span strike strong sub sup time u");
        Add(HtmlElementKind.RawSpan, "code kbd samp tt var");
        Add(HtmlElementKind.Line, "caption dd div dt figcaption legend optgroup option summary tbody tfoot thead tr");
        Add(HtmlElementKind.Paragraph, "address article aside blockquote body center details dialog dl fieldset figure footer h1 h2 h3 h4 h5 h6 header hgroup html main nav p search section table");
        Add(HtmlElementKind.List, "dir menu ol ul");
        Add(HtmlElementKind.Item, "li");
        Add(HtmlElementKind.Cell, "td th");
        Add(HtmlElementKind.Break, "br");
        Add(HtmlElementKind.Rule, "hr");
        Add(HtmlElementKind.Void, "area base basefont col embed frame img input keygen link meta param source track wbr");
        Add(HtmlElementKind.Code, "listing pre xmp");
        Add(HtmlElementKind.Dropped, "applet audio canvas colgroup datalist form frameset map math noframes noscript object select svg video");
        Add(HtmlElementKind.DroppedRaw, "iframe script style template textarea title");
        return kinds;

        void Add(HtmlElementKind kind, string names)
        {
            foreach (var name in names.Split(' '))
            {
                kinds.Add(name, kind);
            }
        }
    }
}
