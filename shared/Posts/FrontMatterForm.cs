namespace Pipeline.Posts;

/// <summary>How a post's head is written.</summary>
public enum FrontMatterForm
{
    /// <summary>There is none: the whole file is body.</summary>
    None,

    /// <summary>YAML between <c>---</c> on the first line and <c>---</c> or <c>...</c>, as Jekyll wants it.</summary>
    Yaml,

    /// <summary>The same below blank lines; Jekyll takes it for text.</summary>
    YamlAfterBlankLines,

    /// <summary>YAML without the end line; Jekyll takes it for text.</summary>
    YamlWithoutEnd,

    /// <summary>TOML between lines of <c>+++</c>; Jekyll takes it for text.</summary>
    Toml,
}
