using System.Globalization;

namespace Pipeline.Posts.Text;

/// <summary>The lists of HTML that are open, and the marks of their items.</summary>
internal sealed class HtmlLists(PlainTextWriter writer)
{
    private const int MostOpenLists = 32;

    private readonly Stack<OpenList> lists = [];

    /// <summary>How many are open.</summary>
    public int Count => lists.Count;

    /// <summary>Forgets what is open.</summary>
    public void Clear() => lists.Clear();

    /// <summary>A tag of a list; gives its length.</summary>
    public int WriteList(in HtmlTag tag)
    {
        if (tag.IsEnd)
        {
            if (lists.Count > 0)
            {
                Close();
            }
        }
        else if (!tag.IsSelfClosed && lists.Count < MostOpenLists)
        {
            BreakForList();
            lists.Push(new OpenList { IsOrdered = tag.Name.Equals("ol", StringComparison.OrdinalIgnoreCase) });
        }

        return tag.Length;
    }

    /// <summary>A tag of an item; gives its length.</summary>
    public int WriteItem(in HtmlTag tag)
    {
        if (!lists.TryPop(out var list))
        {
            writer.LineBreak();
            return tag.Length;
        }

        if (list.Marker is not null)
        {
            writer.EndItem(list.Marker);
            list.Marker = null;
        }

        if (!tag.IsEnd)
        {
            list.Items++;
            list.Marker = list.IsOrdered ? list.Items.ToString(CultureInfo.InvariantCulture) + ". " : "- ";
            writer.BeginItem(list.Marker, list.Items == 1);
        }

        lists.Push(list);
        return tag.Length;
    }

    /// <summary>Ends the innermost list.</summary>
    public void Close()
    {
        if (lists.Pop().Marker is { } marker)
        {
            writer.EndItem(marker);
        }

        BreakForList();
    }

    private void BreakForList()
    {
        if (lists.Count == 0)
        {
            writer.ParagraphBreak();
        }
        else
        {
            writer.LineBreak();
        }
    }

    private struct OpenList
    {
        public bool IsOrdered;
        public int Items;
        public string? Marker;
    }
}
