using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Deployment;

/// <summary>
/// Reads YAML, of which JSON is a part, with the place of every value. Plain words are what YAML 1.2's core schema says
/// (https://yaml.org/spec/1.2.2/#103-core-schema). Works without recursion on what it reads and within fixed limits.
/// </summary>
internal static partial class PlacedYaml
{
    private const int DeepestNesting = 32;
    private const int MostNodes = 20_000;

    /// <summary>Reads a document; null, and why, if it is none.</summary>
    public static PlacedNode? Read(string text, List<PlacedProblem> problems)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                problems.Add(new(1, 1, "the file is empty."));
                return null;
            }

            parser.Consume<DocumentStart>();
            var nodes = 0;
            var root = Node(parser, problems, 0, ref nodes);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                problems.Add(new(At(parser).Line, At(parser).Column, "a second document begins here; only one is read."));
            }

            return root;
        }
        catch (YamlException exception)
        {
            problems.Add(new((int)exception.Start.Line, (int)exception.Start.Column, $"is neither YAML nor JSON: {exception.Message.TrimEnd('.')}."));
            return null;
        }
        catch (InvalidOperationException)
        {
            // So the library says that a bracket or a quote is never closed.
            problems.Add(new((int)(parser.Current?.End.Line ?? 1), (int)(parser.Current?.End.Column ?? 1), "is neither YAML nor JSON: what begins about here is never closed."));
            return null;
        }
    }

    // As deep as the limit and no deeper, so the stack is safe.
    private static PlacedNode Node(Parser parser, List<PlacedProblem> problems, int depth, ref int nodes)
    {
        var (line, column) = At(parser);
        if (depth > DeepestNesting || ++nodes > MostNodes)
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, "there are more values, or more of them within each other, than a deployment can have");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new(KindOf(scalar), line, column) { Text = scalar.Value };
        }

        if (parser.TryConsume<SequenceStart>(out _))
        {
            var list = new PlacedNode(PlacedKind.Array, line, column);
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                list.Items.Add(Node(parser, problems, depth + 1, ref nodes));
            }

            return list;
        }

        if (!parser.TryConsume<MappingStart>(out _))
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, "an alias (*name) stands here; write the value out");
        }

        var mapping = new PlacedNode(PlacedKind.Object, line, column);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var (keyLine, keyColumn) = At(parser);
            var key = parser.TryConsume<Scalar>(out var name) ? name.Value : throw new YamlException(parser.Current!.Start, parser.Current.End, "a name must be a text");
            if (mapping.Find(key) is not null)
            {
                problems.Add(new(keyLine, keyColumn, $"'{key}' stands here a second time."));
            }

            mapping.Members.Add(new(key, keyLine, keyColumn, Node(parser, problems, depth + 1, ref nodes)));
        }

        return mapping;
    }

    private static (int Line, int Column) At(Parser parser) => parser.Accept<ParsingEvent>(out var next) ? ((int)next.Start.Line, (int)next.Start.Column) : (1, 1);

    private static PlacedKind KindOf(Scalar scalar) => scalar.Style != ScalarStyle.Plain ? PlacedKind.String : scalar.Value switch
    {
        "" or "~" or "null" => PlacedKind.Null,
        "true" or "false" => PlacedKind.Boolean,
        var text when Whole().IsMatch(text) => PlacedKind.Integer,
        var text when Fraction().IsMatch(text) => PlacedKind.Number,
        _ => PlacedKind.String,
    };

    [GeneratedRegex(@"\A-?(?:0|[1-9][0-9]{0,17})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex(@"\A-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][-+]?[0-9]{1,2})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Fraction();
}
