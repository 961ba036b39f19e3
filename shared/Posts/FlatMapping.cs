using System.Buffers;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>
/// Reads the usual form of a head without a YAML parser's general machinery, which takes longer than all else that is done with the head: one
/// key a line at the first column; its value a plain or quoted text on the same line, a list in brackets, or below it list items or keys that
/// are indented once. Whatever could mean anything else in YAML is left to the parser; a head that is read here has the very nodes that the
/// parser would make.
/// </summary>
internal ref struct FlatMapping
{
    private const int LongestKey = 128;

    // What begins a plain text beyond any doubt; letters of other scripts do too.
    private static readonly SearchValues<char> _first = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._(");

    private static readonly SearchValues<char> _flow = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_./+");

    private ReadOnlySpan<char> _rest;
    private Dictionary<string, YamlScalarNode>? _anchors;

    /// <summary>The mapping, or null if the text has to go to the parser.</summary>
    /// <param name="yaml">The lines between the fences; line feeds may be preceded by carriage returns.</param>
    public static YamlMappingNode? TryRead(ReadOnlySpan<char> yaml)
    {
        var head = new FlatMapping { _rest = yaml };
        var mapping = new YamlMappingNode();
        while (!head._rest.IsEmpty)
        {
            var line = TakeLine(ref head._rest);
            if (line.IsEmpty || line[0] == '#')
            {
                if (HasOddCharacters(line))
                {
                    return null;
                }

                continue;
            }

            if (!head.TryAdd(mapping, line, nested: false))
            {
                return null;
            }
        }

        return mapping.Children.Count == 0 ? null : mapping;
    }

    // Without the line end and the blanks before it.
    private static ReadOnlySpan<char> TakeLine(ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOf('\n');
        var line = end < 0 ? text : text[..end];
        text = end < 0 ? [] : text[(end + 1)..];
        return (line.EndsWith('\r') ? line[..^1] : line).TrimEnd(' ');
    }

    private bool TryAdd(YamlMappingNode mapping, scoped ReadOnlySpan<char> line, bool nested)
    {
        var length = KeyLength(line);
        if (length == 0)
        {
            return false;
        }

        var text = line[(length + 1)..].TrimStart(' ');
        YamlNode? value = text.IsEmpty ? nested ? null : TryReadBelow() : text[0] == '[' ? TryReadFlow(text) : TryReadText(text) ?? TryReadFolded(text);
        if (value is null)
        {
            return false;
        }

        mapping.Children[new YamlScalarNode(line[..length].ToString()) { Style = ScalarStyle.Plain }] = value;
        return true;
    }

    private static int KeyLength(ReadOnlySpan<char> line)
    {
        var length = line.IndexOf(':');
        if (length is <= 0 or > LongestKey || !char.IsAsciiLetter(line[0]) || (length + 1 < line.Length && line[length + 1] != ' '))
        {
            return 0;
        }

        foreach (var character in line[..length])
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('_' or '-'))
            {
                return 0;
            }
        }

        return length;
    }

    // The items or keys below a key without a value on its line; without any, the value is an empty text.
    private YamlNode? TryReadBelow()
    {
        YamlSequenceNode? items = null;
        YamlMappingNode? mapping = null;
        var column = -1;
        while (!_rest.IsEmpty)
        {
            var after = _rest;
            var line = TakeLine(ref after);
            var indentation = line.IndexOfAnyExcept(' ');
            var isItem = indentation >= 0 && line[indentation] == '-';
            if (indentation < 0 || (indentation == 0 && !isItem))
            {
                // A comment may be followed by what belongs to this value; so may a blank line while nothing has been read.
                if (indentation < 0 ? column < 0 : line[0] == '#')
                {
                    return null;
                }

                break;
            }

            if (column >= 0 && (indentation != column || isItem != items is not null))
            {
                // Items at the first column end where keys go on, not where the indentation changes.
                return null;
            }

            column = indentation;
            _rest = after;
            if (isItem ? !TryAddItem(items ??= [], line[(indentation + 1)..]) : !TryAdd(mapping ??= [], line[indentation..], nested: true))
            {
                return null;
            }
        }

        return items is not null ? items : mapping is not null ? mapping : new YamlScalarNode("") { Style = ScalarStyle.Plain };
    }

    private bool TryAddItem(YamlSequenceNode items, scoped ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != ' ' || TryReadText(text.TrimStart(' ')) is not { } item)
        {
            return false;
        }

        items.Add(item);
        return true;
    }

    private static YamlSequenceNode? TryReadFlow(ReadOnlySpan<char> text)
    {
        if (text[^1] != ']')
        {
            return null;
        }

        var items = new YamlSequenceNode();
        var inside = text[1..^1].Trim(' ');
        if (inside.IsEmpty)
        {
            return items;
        }

        foreach (var range in inside.Split(','))
        {
            var item = inside[range].Trim(' ');
            var node = item is ['"' or '\'', ..]
                ? TryReadScalar(item)
                : item.IsEmpty || !char.IsAsciiLetterOrDigit(item[0]) || item.ContainsAnyExcept(_flow)
                    ? null
                    : new YamlScalarNode(item.ToString()) { Style = ScalarStyle.Plain };
            if (node is null)
            {
                return null;
            }

            items.Add(node);
        }

        return items;
    }

    // A text, which an anchor may name, or the alias of one above.
    private YamlScalarNode? TryReadText(scoped ReadOnlySpan<char> text)
    {
        if (text[0] is not ('&' or '*'))
        {
            return TryReadScalar(text);
        }

        var length = text[1..].IndexOfAnyExceptInRange('A', 'z');
        var name = (length < 0 ? text[1..] : text[1..(length + 1)]).ToString();
        if (name.Length == 0 || name.AsSpan().ContainsAnyInRange('[', '`'))
        {
            return null;
        }

        if (text[0] == '*')
        {
            return length < 0 && _anchors is not null ? _anchors.GetValueOrDefault(name) : null;
        }

        if (length < 0 || text[length + 1] != ' ' || TryReadScalar(text[(length + 1)..].TrimStart(' ')) is not { } scalar)
        {
            return null;
        }

        (_anchors ??= [])[name] = scalar;
        return scalar;
    }

    // A text in double quotes that goes on in the lines below, each line end of which is a blank. YamlDotNet wants those lines indented and
    // Ruby does not; the repair that is made for the parser gives the same text.
    private YamlScalarNode? TryReadFolded(scoped ReadOnlySpan<char> text)
    {
        if (text[0] != '"' || text[1..].ContainsAny('"', '\\') || HasOddCharacters(text))
        {
            return null;
        }

        var folded = new StringBuilder().Append(text[1..]);
        while (!_rest.IsEmpty)
        {
            var line = TakeLine(ref _rest).TrimStart(' ');
            var quote = line.IndexOf('"');
            if (line.IsEmpty || line.StartsWith("---") || line.StartsWith("...") || line.Contains('\\') || HasOddCharacters(line) || (quote >= 0 && quote < line.Length - 1))
            {
                return null;
            }

            folded.Append(folded.Length == 0 && quote == 0 ? "" : " ").Append(quote < 0 ? line : line[..quote]);
            if (quote >= 0)
            {
                return new YamlScalarNode(folded.ToString()) { Style = ScalarStyle.DoubleQuoted };
            }
        }

        return null;
    }

    private static YamlScalarNode? TryReadScalar(ReadOnlySpan<char> text)
    {
        if (HasOddCharacters(text))
        {
            return null;
        }

        if (text[0] is '"' or '\'')
        {
            var quote = text[0];
            return text.Length >= 2 && text[^1] == quote && !text[1..^1].ContainsAny(quote, '\\')
                ? new YamlScalarNode(text[1..^1].ToString()) { Style = quote == '"' ? ScalarStyle.DoubleQuoted : ScalarStyle.SingleQuoted }
                : null;
        }

        return (_first.Contains(text[0]) || (text[0] > 0x7F && char.IsLetter(text[0])))
            && text[^1] != ':' && text.IndexOf(": ") < 0 && text.IndexOf(" #") < 0
            ? new YamlScalarNode(text.ToString()) { Style = ScalarStyle.Plain }
            : null;
    }

    // Tabs, controls, what YAML takes for line ends, halves of characters beyond the first plane and what cannot be printed.
    private static bool HasOddCharacters(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('\0', '\u001F') || text.ContainsAnyInRange('\u007F', '\u00A0') || text.ContainsAnyInRange('\u2028', '\u2029')
        || text.ContainsAnyInRange('\uD800', '\uF8FF') || text.ContainsAnyInRange('\uFEFF', '\uFFFF');
}
