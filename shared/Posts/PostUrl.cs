using System.Globalization;
using System.Text;

namespace Pipeline.Posts;

/// <summary>The address that Jekyll gives a post, relative to the site.</summary>
/// <remarks>As Jekyll's URL and UrlDrop: https://jekyllrb.com/docs/permalinks/.</remarks>
public static class PostUrl
{
    // Unreserved characters, sub-delimiters, ':' and '@' of RFC 3986, section 3.3, and the slash.
    private const string PathCharacters = "-._~!$&'()*+,;=:@/";

    // What :title keeps besides letters, marks and digits.
    private const string PrettyCharacters = "._~!$&'()+,;=@";

    /// <summary>The URL of a post, such as <c>/life/2024/05/01/a-post.html</c>, percent-encoded.</summary>
    /// <param name="site">The blog's configuration.</param>
    /// <param name="path">The post's path in the repository.</param>
    /// <param name="frontMatter">Its head.</param>
    /// <exception cref="BlogException">The path is no post, or its URL template has a part that Jekyll does not know.</exception>
    public static string For(SiteConfig site, string path, FrontMatter frontMatter)
    {
        var post = PostPath.TryParse(path) ?? throw new BlogException($"{path} is no post: name it _posts/YYYY-MM-DD-title.md.");
        return For(site, PostFields.Read(site, post, frontMatter));
    }

    /// <summary>The URL of a post whose fields are known.</summary>
    /// <param name="site">The blog's configuration.</param>
    /// <param name="fields">The post's fields.</param>
    /// <exception cref="BlogException">The URL template has a part that Jekyll does not know.</exception>
    public static string For(SiteConfig site, PostFields fields)
    {
        var template = fields.Permalink ?? site.Permalink;
        var url = new StringBuilder("/");
        for (var index = 0; index < template.Length;)
        {
            var length = 0;
            if (template[index] == ':')
            {
                while (index + 1 + length < template.Length && template[index + 1 + length] is (>= 'a' and <= 'z') or '_')
                {
                    length++;
                }
            }

            if (length == 0)
            {
                url.Append(template[index++]);
                continue;
            }

            // ":month_:day" is the key "month" and an underscore.
            var name = template.Substring(index + 1, length);
            var value = Part(site, name, fields);
            var bare = value is null && name.EndsWith('_');
            value ??= bare ? Part(site, name[..^1], fields) : null;
            url.Append(Escape(value ?? throw new BlogException($"The URL template '{template}' has the part ':{name}', which Jekyll does not know.")));
            url.Append(bare ? "_" : "");
            index += 1 + length;
        }

        return Sanitize(url.ToString());
    }

    /// <summary>The template of a named form (<c>date</c>, <c>pretty</c>, <c>ordinal</c>, <c>weekdate</c>, <c>none</c>); any other text is a template itself.</summary>
    /// <param name="permalink">A configuration's <c>permalink</c>.</param>
    public static string TemplateOf(string permalink) => permalink switch
    {
        "date" => "/:categories/:year/:month/:day/:title:output_ext",
        "pretty" => "/:categories/:year/:month/:day/:title/",
        "ordinal" => "/:categories/:year/:y_day/:title:output_ext",
        "weekdate" => "/:categories/:year/W:week/:short_day/:title:output_ext",
        "none" => "/:categories/:title:output_ext",
        _ => permalink,
    };

    /// <summary>A text as part of a URL: everything but letters, marks and digits becomes a hyphen, in lower case.</summary>
    /// <param name="text">A title, a name or a category.</param>
    public static string Slug(string text) => Slugify(text, "", lower: true);

    private static string? Part(SiteConfig site, string name, PostFields fields)
    {
        var date = (fields.Date ?? DateTimeOffset.UnixEpoch).DateTime;
        return name switch
        {
            "title" => Slugify(fields.Slug, PrettyCharacters, lower: false),
            "slug" => Slug(fields.Slug),
            "name" => Slug(NameOf(fields.Path.Value)),
            "path" => CleanedPath(site.RelativePath(fields.Path.Value), fields.Path.Extension),
            "collection" => "posts",
            "output_ext" => OutputExtension(fields),
            "categories" => string.Join('/', fields.Categories.Select(category => category.ToLowerInvariant()).Distinct()),
            "slugified_categories" => string.Join('/', fields.Categories.Select(Slug).Distinct()),
            "w_year" => ISOWeek.GetYear(date).ToString(CultureInfo.InvariantCulture),
            "week" => ISOWeek.GetWeekOfYear(date).ToString("00", CultureInfo.InvariantCulture),
            "w_day" => (date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            "y_day" => date.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            _ => Format(name) is { } format ? date.ToString(format, CultureInfo.InvariantCulture) : null,
        };
    }

    private static string? Format(string name) => name switch
    {
        "year" => "yyyy",
        "short_year" => "yy",
        "month" => "MM",
        "i_month" => "%M",
        "short_month" => "MMM",
        "long_month" => "MMMM",
        "day" => "dd",
        "i_day" => "%d",
        "short_day" => "ddd",
        "long_day" => "dddd",
        "hour" => "HH",
        "minute" => "mm",
        "second" => "ss",
        _ => null,
    };

    private static string NameOf(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : name;
    }

    private static string CleanedPath(string relative, string extension)
    {
        var path = relative[..^extension.Length];
        var folder = path.IndexOf("_posts", StringComparison.Ordinal);
        return (folder < 0 ? path : path.Remove(folder, "_posts".Length)).TrimEnd('.');
    }

    private static string OutputExtension(PostFields fields)
    {
        if (fields.Permalink is { } permalink && !permalink.EndsWith('/') && Path.GetExtension(permalink) is { Length: > 1 } own)
        {
            return own;
        }

        return fields.Path.Markup is null ? fields.Path.Extension : ".html";
    }

    private static string Slugify(string text, string kept, bool lower)
    {
        var slug = new StringBuilder(text.Length);
        var gap = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsWordRune(rune) || (rune.IsAscii && kept.Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                slug.Append(gap && slug.Length > 0 ? "-" : "").Append(lower ? Rune.ToLowerInvariant(rune) : rune);
                gap = false;
            }
            else
            {
                gap = true;
            }
        }

        return slug.ToString();
    }

    private static bool IsWordRune(Rune rune) => Rune.GetUnicodeCategory(rune) is <= UnicodeCategory.DecimalDigitNumber;

    private static string Escape(string part)
    {
        var escaped = new StringBuilder(part.Length);
        foreach (var unit in Encoding.UTF8.GetBytes(part))
        {
            var character = (char)unit;
            if (char.IsAsciiLetterOrDigit(character) || PathCharacters.Contains(character, StringComparison.Ordinal))
            {
                escaped.Append(character);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
            }
        }

        return escaped.ToString();
    }

    private static string Sanitize(string url)
    {
        var clean = url.Replace("..", "/", StringComparison.Ordinal).Replace("./", "", StringComparison.Ordinal);
        var squeezed = new StringBuilder(clean.Length);
        foreach (var character in clean)
        {
            if (character != '/' || squeezed.Length == 0 || squeezed[^1] != '/')
            {
                squeezed.Append(character);
            }
        }

        return squeezed.ToString();
    }
}
