using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>
/// Builds a YAML document's nodes as Jekyll's reader does: the last of two equal keys wins, <c>&lt;&lt;</c> merges, aliases share
/// their node. Works without recursion and within fixed limits, so that no input can exhaust the stack, the memory or the time.
/// </summary>
internal static class YamlComposer
{
    /// <summary>Mappings and sequences within each other; real posts have 3 or 4.</summary>
    internal const int DeepestNesting = 64;

    /// <summary>Nodes that a walk over the whole document would see, each alias counted as a copy of its anchor.</summary>
    internal const int MostNodes = 50_000;

    /// <summary>Composes the first document of <paramref name="yaml"/>; null if there is none.</summary>
    /// <exception cref="YamlException">The text is no YAML or breaks a limit; with the position.</exception>
    public static YamlNode? Compose(string yaml)
    {
        if (FlatMapping.TryRead(yaml) is { } flat)
        {
            return flat;
        }

        return ComposeByParser(yaml);
    }

    /// <summary>The parser's own way, without the shortcut for usual heads.</summary>
    internal static YamlNode? ComposeByParser(string yaml)
    {
        try
        {
            return ComposeStrictly(yaml);
        }
        catch (YamlException exception)
        {
            if (YamlIndentation.Repair(yaml) is not { } repaired)
            {
                throw;
            }

            try
            {
                return ComposeStrictly(repaired);
            }
            catch (YamlException)
            {
                // The first position is the one in the author's file.
                throw exception;
            }
        }
    }

    private static YamlNode? ComposeStrictly(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var builder = new Builder();
        while (Next(parser))
        {
            switch (parser.Current)
            {
                case DocumentEnd or StreamEnd:
                    return builder.Root;
                case AnchorAlias alias:
                    builder.Alias(alias);
                    break;
                case Scalar scalar:
                    builder.Scalar(scalar);
                    break;
                case SequenceStart start:
                    builder.Open(new YamlSequenceNode { Tag = start.Tag }, start);
                    break;
                case MappingStart start:
                    builder.Open(new YamlMappingNode { Tag = start.Tag }, start);
                    break;
                case SequenceEnd or MappingEnd:
                    builder.Close();
                    break;
            }
        }

        return builder.Root;
    }

    private static bool Next(Parser parser)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The scanner is not written for hostile input: a few malformed escapes and directives end in these.
            var mark = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(mark, mark, "the YAML is malformed after this place", exception);
        }
    }

    private sealed class Frame(YamlNode node, NodeEvent start)
    {
        public YamlNode Node { get; } = node;

        public NodeEvent Start { get; } = start;

        public long Size { get; set; } = 1;

        public YamlNode? Key { get; set; }
    }

    private sealed class Builder
    {
        private readonly Stack<Frame> _open = new();
        private Dictionary<AnchorName, (YamlNode? Node, long Size)>? _anchors;

        public YamlNode? Root { get; private set; }

        public void Scalar(Scalar scalar)
        {
            var node = new YamlScalarNode(scalar.Value) { Style = scalar.Style, Tag = scalar.Tag };
            Name(scalar, node, 1);
            Add(node, 1, scalar);
        }

        public void Open(YamlNode node, NodeEvent start)
        {
            if (_open.Count >= DeepestNesting)
            {
                throw new YamlException(start.Start, start.End, $"values are nested more than {DeepestNesting} levels deep");
            }

            // Known by name but not usable before it is closed: a node that contains itself has no end.
            Name(start, null, 0);
            _open.Push(new Frame(node, start));
        }

        public void Close()
        {
            var frame = _open.Pop();
            Name(frame.Start, frame.Node, frame.Size);
            Add(frame.Node, frame.Size, frame.Start);
        }

        public void Alias(AnchorAlias alias)
        {
            if (_anchors is null || !_anchors.TryGetValue(alias.Value, out var anchor))
            {
                throw new YamlException(alias.Start, alias.End, $"the alias *{alias.Value} has no anchor");
            }

            if (anchor.Node is null)
            {
                throw new YamlException(alias.Start, alias.End, $"the alias *{alias.Value} stands inside its own anchor");
            }

            Add(anchor.Node, anchor.Size, alias);
        }

        private void Name(NodeEvent source, YamlNode? node, long size)
        {
            if (!source.Anchor.IsEmpty)
            {
                (_anchors ??= [])[source.Anchor] = (node, size);
            }
        }

        private void Add(YamlNode node, long size, ParsingEvent source)
        {
            if (_open.Count == 0)
            {
                Root ??= node;
                return;
            }

            var parent = _open.Peek();
            parent.Size += size;
            if (parent.Size > MostNodes)
            {
                throw new YamlException(source.Start, source.End, $"there are more than {MostNodes} values, aliases counted as copies");
            }

            if (parent.Node is YamlSequenceNode sequence)
            {
                sequence.Add(node);
                return;
            }

            if (parent.Key is null)
            {
                parent.Key = node;
                return;
            }

            var mapping = (YamlMappingNode)parent.Node;
            if (parent.Key is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain } && Merge(mapping, node))
            {
                parent.Key = null;
                return;
            }

            mapping.Children[parent.Key] = node;
            parent.Key = null;
        }

        private static bool Merge(YamlMappingNode target, YamlNode source)
        {
            switch (source)
            {
                case YamlMappingNode mapping:
                    foreach (var (key, value) in mapping.Children)
                    {
                        target.Children[key] = value;
                    }

                    return true;
                case YamlSequenceNode sequence when sequence.Children.Count > 0 && sequence.All(item => item is YamlMappingNode):
                    // Of several merged mappings the first has the last word.
                    foreach (var item in sequence.Reverse())
                    {
                        Merge(target, item);
                    }

                    return true;
                default:
                    return false;
            }
        }
    }
}
