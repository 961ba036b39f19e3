namespace Pipeline.Posts.Text;

/// <summary>Finds the Liquid tags of a source and pairs blocks with their ends, in one pass over the source.</summary>
internal sealed class LiquidScanner
{
    private static readonly Dictionary<string, LiquidTagKind> Kinds = new(StringComparer.Ordinal)
    {
        ["highlight"] = LiquidTagKind.Code,
        ["comment"] = LiquidTagKind.Dropped,
        ["doc"] = LiquidTagKind.Dropped,
        ["capture"] = LiquidTagKind.Dropped,
        ["for"] = LiquidTagKind.Dropped,
        ["tablerow"] = LiquidTagKind.Dropped,
        ["if"] = LiquidTagKind.Branches,
        ["ifchanged"] = LiquidTagKind.Branches,
        ["unless"] = LiquidTagKind.Branches,
        ["case"] = LiquidTagKind.Case,
        ["else"] = LiquidTagKind.Branch,
        ["elsif"] = LiquidTagKind.Branch,
        ["when"] = LiquidTagKind.Branch,
    };

    private static readonly Dictionary<string, LiquidTagKind>.AlternateLookup<ReadOnlySpan<char>> KindBySpan =
        Kinds.GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly List<int> open = [];
    private readonly Dictionary<string, int> openByName = new(StringComparer.Ordinal);

    /// <summary>The tags in the order of the source.</summary>
    public List<LiquidTag> Tags { get; } = [];

    /// <summary>Where the first <c>{{</c> or <c>{%</c> without an end stands, or -1.</summary>
    public int FirstUnclosedMarker { get; private set; }

    /// <summary>Where a tag could start: the first <c>{{</c> or <c>{%</c> from a position, or -1.</summary>
    public static int NextMarker(string source, int from)
    {
        while (from < source.Length)
        {
            var brace = source.AsSpan(from).IndexOf('{');
            if (brace < 0 || from + brace + 1 >= source.Length)
            {
                return -1;
            }

            if (source[from + brace + 1] is '{' or '%')
            {
                return from + brace;
            }

            from += brace + 1;
        }

        return -1;
    }

    /// <summary>Fills <see cref="Tags"/>, beginning at the first marker.</summary>
    public void Scan(string source, int first)
    {
        Tags.Clear();
        open.Clear();
        openByName.Clear();
        FirstUnclosedMarker = -1;
        var hasOutputEnd = true;
        var hasTagEnd = true;
        var hasRawEnd = true;
        for (var start = first; start >= 0;)
        {
            var isOutput = source[start + 1] == '{';
            var end = -1;
            if (isOutput ? hasOutputEnd : hasTagEnd)
            {
                end = source.AsSpan(start + 2).IndexOf(isOutput ? "}}" : "%}");
            }

            if (end < 0)
            {
                hasOutputEnd &= !isOutput;
                hasTagEnd &= isOutput;
                FirstUnclosedMarker = FirstUnclosedMarker < 0 ? start : FirstUnclosedMarker;
                start = NextMarker(source, start + 1);
                continue;
            }

            var inside = source.AsSpan(start + 2, end);
            var tag = new LiquidTag
            {
                Start = start,
                End = start + 2 + end + 2,
                Kind = LiquidTagKind.Single,
                Name = "",
                Partner = -1,
                TrimsBefore = inside.StartsWith('-'),
                TrimsAfter = inside.Length > 1 && inside.EndsWith('-'),
            };
            if (!isOutput)
            {
                Classify(source, inside, ref tag, ref hasRawEnd);
                Pair(ref tag);
            }

            Tags.Add(tag);
            start = NextMarker(source, tag.End);
        }
    }

    private static void Classify(string source, ReadOnlySpan<char> inside, ref LiquidTag tag, ref bool hasRawEnd)
    {
        var name = NameOf(inside);
        if (name is "raw")
        {
            tag.Name = "raw";
            hasRawEnd = hasRawEnd && FindRawEnd(source, ref tag);
            tag.Kind = hasRawEnd ? LiquidTagKind.Raw : LiquidTagKind.Branches;
        }
        else if (KindBySpan.TryGetValue(name, out var known, out var kind))
        {
            tag.Kind = kind;
            tag.Name = known;
        }
        else if (name.Length > 3 && name.StartsWith("end"))
        {
            tag.Kind = LiquidTagKind.End;
            tag.Name = name[3..].ToString();
        }
        else if (!name.IsEmpty)
        {
            tag.Kind = LiquidTagKind.Unknown;
            tag.Name = name.ToString();
        }
    }

    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> inside)
    {
        inside = (inside.StartsWith('-') ? inside[1..] : inside).TrimStart();
        var length = 0;
        while (length < inside.Length && (char.IsLetterOrDigit(inside[length]) || inside[length] is '_' or '-'))
        {
            length++;
        }

        return inside[..length].TrimEnd('-');
    }

    /// <summary>A raw block reaches to the first <c>endraw</c>, whatever lies between.</summary>
    private static bool FindRawEnd(string source, ref LiquidTag tag)
    {
        for (var from = tag.End; ;)
        {
            var next = source.AsSpan(from).IndexOf("{%");
            if (next < 0)
            {
                return false;
            }

            var start = from + next;
            var rest = source.AsSpan(start + 2);
            var trims = rest.StartsWith('-');
            rest = (trims ? rest[1..] : rest).TrimStart();
            if (rest.StartsWith("endraw"))
            {
                rest = rest[6..].TrimStart();
                var trimsAfter = rest.StartsWith('-');
                rest = trimsAfter ? rest[1..] : rest;
                if (rest.StartsWith("%}"))
                {
                    tag.InnerStart = tag.End;
                    tag.InnerEnd = start;
                    tag.TrimsInnerStart = tag.TrimsAfter;
                    tag.TrimsInnerEnd = trims;
                    tag.TrimsAfter = trimsAfter;
                    tag.End = source.Length - rest.Length + 2;
                    return true;
                }
            }

            from = start + 2;
        }
    }

    private void Pair(ref LiquidTag tag)
    {
        if (tag.Kind == LiquidTagKind.End)
        {
            if (openByName.GetValueOrDefault(tag.Name) == 0)
            {
                return;
            }

            while (true)
            {
                var index = open[^1];
                open.RemoveAt(open.Count - 1);
                var name = Tags[index].Name;
                openByName[name]--;
                if (name == tag.Name)
                {
                    var opener = Tags[index];
                    opener.Partner = Tags.Count;
                    Tags[index] = opener;
                    tag.Partner = index;
                    return;
                }
            }
        }

        if (tag.Kind is LiquidTagKind.Code or LiquidTagKind.Dropped or LiquidTagKind.Branches or LiquidTagKind.Case or LiquidTagKind.Unknown)
        {
            open.Add(Tags.Count);
            openByName[tag.Name] = openByName.GetValueOrDefault(tag.Name) + 1;
        }
    }
}
