namespace Pipeline.Posts.Text;

/// <summary>Where each block element of HTML in a source ends; found for all of them in one pass.</summary>
internal sealed class HtmlExtents
{
    private readonly Dictionary<int, int> ends = [];

    private HtmlExtents()
    {
    }

    /// <summary>The position behind the end tag of the element whose start tag begins at a position, or -1 if it has none.</summary>
    public int EndOf(int start) => ends.GetValueOrDefault(start, -1);

    /// <summary>Pairs the tags of a source; an end tag belongs to the nearest open start tag of its name.</summary>
    public static HtmlExtents Of(string source)
    {
        var extents = new HtmlExtents();
        var open = new Dictionary<string, Stack<int>>(StringComparer.OrdinalIgnoreCase);
        var byName = open.GetAlternateLookup<ReadOnlySpan<char>>();
        var rawWithoutEnd = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var hasCommentEnd = true;
        for (var at = source.IndexOf('<'); at >= 0;)
        {
            var rest = source.AsSpan(at);
            var length = 1;
            if (rest.StartsWith("<!--"))
            {
                var end = hasCommentEnd ? rest.IndexOf("-->") : -1;
                hasCommentEnd = end >= 0;
                length = end < 0 ? 4 : end + 3;
            }
            else if (HtmlTag.TryParse(rest, out var tag))
            {
                length = tag.Length;
                if (tag.IsSelfClosed)
                {
                    extents.ends[at] = at + length;
                }
                else if (tag.IsEnd)
                {
                    if (byName.TryGetValue(tag.Name, out var starts) && starts.TryPop(out var start))
                    {
                        extents.ends[start] = at + length;
                    }
                }
                else if (tag.Kind is HtmlElementKind.DroppedRaw or HtmlElementKind.Code && !rawWithoutEnd.Contains(tag.Name.ToString()))
                {
                    var end = HtmlTag.FindEndTag(rest[length..], tag.Name);
                    if (end < 0)
                    {
                        rawWithoutEnd.Add(tag.Name.ToString());
                    }
                    else
                    {
                        length += end;
                        var close = rest[length..].IndexOf('>');
                        length = close < 0 ? rest.Length : length + close + 1;
                        extents.ends[at] = at + length;
                    }
                }
                else if (HtmlElements.IsBlock(tag.Kind))
                {
                    if (!byName.TryGetValue(tag.Name, out var starts))
                    {
                        open[tag.Name.ToString()] = starts = new Stack<int>();
                    }

                    starts.Push(at);
                }
            }

            at = at + length >= source.Length ? -1 : source.IndexOf('<', at + length);
        }

        return extents;
    }
}
