using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>
/// Reads the part of TOML that front matter uses: keys, strings of all four kinds, numbers, dates, booleans, arrays, tables.
/// The result has the form of YAML's, so that the fields are read alike. Grammar: https://toml.io/en/v1.0.0.
/// </summary>
internal static class TomlFrontMatter
{
    /// <summary>The keys and values, or null if the text is not such TOML.</summary>
    public static YamlMappingNode? TryParse(ReadOnlySpan<char> toml)
    {
        var reader = new Reader(toml);
        var root = new YamlMappingNode();
        var table = root;
        while (reader.NextStatement())
        {
            if (reader.Is('['))
            {
                var list = reader.Is('[');
                if (!reader.Key(out var name) || !reader.Is(']') || (list && !reader.Is(']')) || !reader.EndOfLine())
                {
                    return null;
                }

                table = new YamlMappingNode();
                root.Children[new YamlScalarNode(name)] = table;
                continue;
            }

            if (!reader.Key(out var key) || !reader.Is('=') || !reader.Value(0, out var value) || !reader.EndOfLine())
            {
                return null;
            }

            table.Children[new YamlScalarNode(key)] = value;
        }

        // Zola keeps what Jekyll calls tags and categories in a table of their own.
        if (YamlValue.Find(root, "taxonomies") is YamlMappingNode taxonomies)
        {
            foreach (var (name, value) in taxonomies.Children)
            {
                root.Children.TryAdd(name, value);
            }
        }

        return root.Children.Count > 0 ? root : null;
    }

    private ref struct Reader(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> _rest = text;

        public bool NextStatement()
        {
            SkipBlank(lines: true);
            return !_rest.IsEmpty;
        }

        public bool Is(char expected)
        {
            SkipBlank(lines: false);
            if (_rest.IsEmpty || _rest[0] != expected)
            {
                return false;
            }

            _rest = _rest[1..];
            return true;
        }

        public bool EndOfLine()
        {
            SkipBlank(lines: false);
            return _rest.IsEmpty || _rest[0] is '\n' or '\r';
        }

        public bool Key(out string key)
        {
            SkipBlank(lines: false);
            if (!_rest.IsEmpty && _rest[0] is '"' or '\'')
            {
                return Text(out key);
            }

            var length = 0;
            while (length < _rest.Length && (char.IsAsciiLetterOrDigit(_rest[length]) || _rest[length] is '_' or '-' or '.'))
            {
                length++;
            }

            key = _rest[..length].ToString();
            _rest = _rest[length..];
            return length > 0;
        }

        public bool Value(int depth, out YamlNode value)
        {
            SkipBlank(lines: false);
            value = new YamlScalarNode();
            if (_rest.IsEmpty || depth > YamlComposer.DeepestNesting)
            {
                return false;
            }

            if (_rest[0] is '"' or '\'')
            {
                var read = Text(out var text);
                value = new YamlScalarNode(text) { Style = ScalarStyle.DoubleQuoted };
                return read;
            }

            if (_rest[0] is '[')
            {
                return Array(depth, out value);
            }

            var length = _rest.IndexOfAny(",]\n\r#");
            var plain = _rest[..(length < 0 ? _rest.Length : length)].TrimEnd();
            _rest = _rest[plain.Length..];
            value = new YamlScalarNode(plain.ToString()) { Style = ScalarStyle.Plain };
            return IsLiteral(plain);
        }

        private static bool IsLiteral(ReadOnlySpan<char> plain) =>
            plain is "true" or "false" || (!plain.IsEmpty && (char.IsAsciiDigit(plain[0]) || plain[0] is '+' or '-'));

        private bool Array(int depth, out YamlNode value)
        {
            var items = new YamlSequenceNode();
            value = items;
            _rest = _rest[1..];
            while (true)
            {
                SkipBlank(lines: true);
                if (Is(']'))
                {
                    return true;
                }

                if (!Value(depth + 1, out var item))
                {
                    return false;
                }

                items.Add(item);
                SkipBlank(lines: true);
                if (!Is(',') && (_rest.IsEmpty || _rest[0] != ']'))
                {
                    return false;
                }
            }
        }

        private bool Text(out string text)
        {
            text = "";
            var quote = _rest[0];
            var fence = quote == '"' ? "\"\"\"" : "'''";
            if (!_rest.StartsWith(fence))
            {
                _rest = _rest[1..];
                return Until(quote.ToString(), quote == '"', lines: false, out text);
            }

            _rest = _rest[3..];
            var trimmed = _rest.TrimStart('\r');
            _rest = !trimmed.IsEmpty && trimmed[0] == '\n' ? trimmed[1..] : _rest;
            return Until(fence, quote == '"', lines: true, out text);
        }

        private bool Until(string fence, bool escapes, bool lines, out string text)
        {
            var builder = new StringBuilder();
            while (!_rest.IsEmpty && (lines || _rest[0] != '\n'))
            {
                if (_rest.StartsWith(fence))
                {
                    _rest = _rest[fence.Length..];
                    text = builder.ToString();
                    return true;
                }

                if (!escapes || _rest[0] != '\\')
                {
                    builder.Append(_rest[0]);
                    _rest = _rest[1..];
                }
                else if (!Escape(builder))
                {
                    break;
                }
            }

            text = "";
            return false;
        }

        private bool Escape(StringBuilder builder)
        {
            if (_rest.Length < 2)
            {
                return false;
            }

            var kind = _rest[1];
            _rest = _rest[2..];
            switch (kind)
            {
                case 'n' or 'r' or 't' or 'b' or 'f':
                    builder.Append(kind switch { 'n' => "\n", 't' => "\t", _ => "" });
                    return true;
                case '"' or '\\':
                    builder.Append(kind);
                    return true;
                case '\n':
                    SkipBlank(lines: true);
                    return true;
                case 'u' or 'U':
                    var digits = kind == 'u' ? 4 : 8;
                    if (_rest.Length < digits
                        || !int.TryParse(_rest[..digits], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code) || !Rune.IsValid(code))
                    {
                        return false;
                    }

                    builder.Append(new Rune(code));
                    _rest = _rest[digits..];
                    return true;
                default:
                    return false;
            }
        }

        private void SkipBlank(bool lines)
        {
            while (!_rest.IsEmpty)
            {
                if (_rest[0] is ' ' or '\t' || (lines && (_rest[0] is '\n' or '\r')))
                {
                    _rest = _rest[1..];
                }
                else if (_rest[0] == '#')
                {
                    var end = _rest.IndexOf('\n');
                    _rest = end < 0 ? [] : _rest[end..];
                }
                else
                {
                    return;
                }
            }
        }
    }
}
