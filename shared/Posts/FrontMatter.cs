using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Posts;

/// <summary>The head of a post, apart from its body.</summary>
public sealed class FrontMatter
{
    // A head is read whole; nobody writes one of this size, and a parser should not be made to work on it.
    private const int LongestHead = 1 << 20;

    private FrontMatter(FrontMatterForm form, YamlMappingNode? mapping, string source, int bodyStart, IReadOnlyList<string> warnings)
    {
        Form = form;
        Mapping = mapping;
        BodyStart = bodyStart;
        Warnings = warnings;
        Source = source;
    }

    /// <summary>How the head is written.</summary>
    public FrontMatterForm Form { get; }

    /// <summary>The keys and values; null if there are none or the head does not parse. Equal keys: the last one. Aliases share a node.</summary>
    public YamlMappingNode? Mapping { get; }

    /// <summary>Where the body begins in the text that was parsed, in characters.</summary>
    public int BodyStart { get; }

    /// <summary>What follows the head.</summary>
    public string Body => BodyStart == 0 ? Source : Source[BodyStart..];

    /// <summary>What was odd, one sentence each; YAML that does not parse with the path, the line and the column in the file.</summary>
    public IReadOnlyList<string> Warnings { get; }

    private string Source { get; }

    /// <summary>The value of a key, null if the key is absent or its value null.</summary>
    public YamlNode? Find(string key) => YamlValue.Find(Mapping, key) is { } value && !YamlValue.IsNull(value) ? value : null;

    /// <summary>
    /// Parts a post into head and body by Jekyll's rules, and takes for a head what was plainly meant as one: after blank lines,
    /// without its end line, or in TOML. Never throws for bad content.
    /// </summary>
    /// <param name="text">The post's text; line feeds may be preceded by carriage returns.</param>
    /// <param name="path">The post's path, for the warnings.</param>
    public static FrontMatter Parse(string text, string path)
    {
        ArgumentNullException.ThrowIfNull(text);
        var block = FrontMatterBlock.Locate(text);
        return block.Form switch
        {
            FrontMatterForm.None => new FrontMatter(FrontMatterForm.None, null, text, 0, []),
            FrontMatterForm.Toml => FromToml(text, block),
            _ => FromYaml(text, path, block),
        };
    }

    private static FrontMatter FromToml(string text, FrontMatterBlock block) =>
        TomlFrontMatter.TryParse(text.AsSpan(block.Start, block.Length)) is { } mapping
            ? new FrontMatter(block.Form, mapping, text, block.BodyStart, ["The front matter is TOML (+++), which Jekyll prints as text; it was read here. Write it as YAML between lines of ---."])
            : new FrontMatter(FrontMatterForm.None, null, text, 0, ["The block between the lines of +++ is no TOML of keys and values; it was kept as text."]);

    private static FrontMatter FromYaml(string text, string path, FrontMatterBlock block)
    {
        if (block.Length > LongestHead)
        {
            return new FrontMatter(block.Form, null, text, block.BodyStart, [$"The front matter is longer than {LongestHead / 1024} KB and was not read."]);
        }

        try
        {
            var root = YamlComposer.Compose(text.Substring(block.Start, block.Length));
            if (root is YamlMappingNode || YamlValue.IsNull(root))
            {
                return new FrontMatter(block.Form, root as YamlMappingNode, text, block.BodyStart, Oddities(block.Form));
            }

            return block.Form == FrontMatterForm.Yaml
                ? new FrontMatter(block.Form, null, text, block.BodyStart, ["The front matter is no list of keys and values and was not read. Write one `key: value` a line."])
                : new FrontMatter(FrontMatterForm.None, null, text, 0, []);
        }
        catch (YamlException exception)
        {
            return Unreadable(text, path, block, exception);
        }
    }

    private static FrontMatter Unreadable(string text, string path, FrontMatterBlock block, YamlException exception)
    {
        // A block that Jekyll would not take either is only a head if it looks like one.
        if (block.Form != FrontMatterForm.Yaml && !block.StartsWithKey(text))
        {
            return new FrontMatter(FrontMatterForm.None, null, text, 0, []);
        }

        // The end line is missing, and a rule further down in the body was taken for it.
        if (block.Form == FrontMatterForm.Yaml && block.EndingAtKeys(text) is { } shorter)
        {
            return FromYaml(text, path, shorter);
        }

        var line = Math.Max(1, exception.Start.Line) + block.LinesBefore;
        var column = Math.Max(1, exception.Start.Column);
        var reason = YamlErrors.Describe(exception);
        return new FrontMatter(block.Form, null, text, block.BodyStart,
            [$"{path}:{line}:{column}: the front matter is no YAML ({reason}); title and date come from the file name. A value that holds ': ', '#' or begins with '@', '%' or '`' must be in quotes."]);
    }

    private static string[] Oddities(FrontMatterForm form) => form switch
    {
        FrontMatterForm.YamlAfterBlankLines => ["There are blank lines above the front matter, which Jekyll then prints as text; it was read here. Put --- on the first line."],
        FrontMatterForm.YamlWithoutEnd => ["The front matter has no end line, so that Jekyll prints it as text; it was read here. Put --- below the last key."],
        _ => [],
    };
}
