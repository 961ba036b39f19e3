using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>Reads nodes as Ruby's Psych does for Jekyll: YAML 1.1 words for booleans and null, text as it was written otherwise.</summary>
public static class YamlValue
{
    /// <summary>The value of a key, null if it is absent. Of nodes only, no conversion.</summary>
    public static YamlNode? Find(YamlMappingNode? mapping, string key)
    {
        if (mapping is null)
        {
            return null;
        }

        foreach (var (name, value) in mapping.Children)
        {
            if (name is YamlScalarNode scalar && scalar.Value == key)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Whether the node is absent or one of YAML's spellings of null.</summary>
    public static bool IsNull(YamlNode? node) => node is null
        || (node is YamlScalarNode { Value: var value } scalar
            && (value is null || (IsPlain(scalar) && (value is "" or "~" || value.Equals("null", StringComparison.OrdinalIgnoreCase)))));

    /// <summary>The text of a scalar as written, numbers and dates too; null for null, lists and mappings.</summary>
    public static string? Text(YamlNode? node) => node is YamlScalarNode scalar && !IsNull(node) ? scalar.Value : null;

    /// <summary>The boolean that the node is by YAML 1.1 (<c>true yes on false no off</c>, unquoted, in any case), else null.</summary>
    public static bool? Boolean(YamlNode? node)
    {
        if (node is not YamlScalarNode { Value: { Length: >= 2 and <= 5 } value } scalar || !IsPlain(scalar))
        {
            return null;
        }

        return value.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" => true,
            "false" or "no" or "off" => false,
            _ => null,
        };
    }

    /// <summary>Whether the scalar is unquoted and not tagged as text, so that its content decides its type.</summary>
    internal static bool IsPlain(YamlScalarNode scalar) =>
        scalar.Style is ScalarStyle.Plain or ScalarStyle.Any && (scalar.Tag.IsEmpty || scalar.Tag.Value != "tag:yaml.org,2002:str");

    /// <summary>
    /// Reads a YAML 1.1 time stamp with date, hours, minutes and seconds, such as <c>2024-01-05 10:00:00 +0200</c>; without a zone it is UTC.
    /// </summary>
    /// <remarks>The form is that of https://yaml.org/type/timestamp.html as Psych narrows it.</remarks>
    internal static bool TryTimestamp(string value, out DateTimeOffset instant)
    {
        instant = default;
        var scan = new DigitScanner(value);
        if (!scan.Number(4, 4, out var year) || !scan.Is('-') || !scan.Number(1, 2, out var month) || !scan.Is('-') || !scan.Number(1, 2, out var day)
            || !(scan.Is('T') || scan.Is('t') || scan.Blanks())
            || !scan.Number(1, 2, out var hour) || !scan.Is(':') || !scan.Number(2, 2, out var minute) || !scan.Is(':') || !scan.Number(2, 2, out var second))
        {
            return false;
        }

        scan.SkipFraction();
        scan.Blanks();
        if (!scan.Offset(out var offset) || !scan.AtEnd)
        {
            return false;
        }

        if (hour > 23 || minute > 59 || second > 59 || !CivilDate.Exists(year, month, day))
        {
            return false;
        }

        var local = new DateTime(year, month, day, hour, minute, second);
        return CivilDate.TryAt(local, offset, out instant);
    }
}
