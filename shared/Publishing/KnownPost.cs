using Pipeline.Posts;
using Pipeline.Posts.Text;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Publishing;

/// <summary>One of the blog's posts, taken apart.</summary>
/// <param name="Path">Its place.</param>
/// <param name="FrontMatter">Its head.</param>
/// <param name="Head">The head's text.</param>
/// <param name="Fields">What head, name and defaults say together.</param>
internal sealed record KnownPost(PostPath Path, FrontMatter FrontMatter, string Head, PostFields Fields)
{
    /// <summary>Whether a model wrote it.</summary>
    public bool IsGenerated => YamlValue.Boolean(FrontMatter.Find(PostFile.GeneratedKey)) == true;

    /// <summary>Whether it shows how the blog's author writes a post: Markdown, with a head that can be read.</summary>
    public bool IsExample => !IsGenerated && FrontMatter.Mapping is not null && Path.Markup == PostMarkup.Markdown;

    /// <summary>The head's keys in their order.</summary>
    public IReadOnlyList<string> Keys => [.. (FrontMatter.Mapping?.Children.Keys ?? []).OfType<YamlScalarNode>().Select(key => key.Value ?? "")];

    /// <summary>Reads a post; null if it is none.</summary>
    public static KnownPost? Read(string path, string content, SiteConfig config)
    {
        if (PostPath.TryParse(path) is not { IsDraft: false, Date: not null } post)
        {
            return null;
        }

        var text = content.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal);
        var frontMatter = FrontMatter.Parse(text, path);
        return new KnownPost(post, frontMatter, text[..frontMatter.BodyStart], PostFields.Read(config, post, frontMatter));
    }
}
