using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Posts;

/// <summary>One post as the rest of the product sees it: the fields of its front matter and its clean text.</summary>
public sealed record PostDocument
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The post's path in the blog's repository, with forward slashes.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 (lower-case hexadecimal) of the post's bytes.</summary>
    public required string Hash { get; init; }

    /// <summary>The post's date with the site's offset, or null for a draft without one.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>The title as text; never empty for a post that is kept.</summary>
    public required string Title { get; init; }

    /// <summary>Categories in Jekyll's order.</summary>
    public IReadOnlyList<string> Categories { get; init => field = value ?? []; } = [];

    /// <summary>Tags in the order written.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>ISO 639-1 code: of the front matter or the site's configuration if they name one, else guessed from the text's script and commonest words; "und" if unknown.</summary>
    public string Language { get; init => field = value ?? "und"; } = "und";

    /// <summary>The text with line feeds only, no markup, no Liquid, no front matter.</summary>
    public string Text { get; init => field = value ?? ""; } = "";

    /// <summary>Words of <see cref="Text"/>, split at white space.</summary>
    public int Words { get; init; }

    /// <summary>What was odd and what was done about it, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value ?? []; } = [];

    /// <summary>Why the post is left out of the corpus, or null if it is in.</summary>
    public string? Skipped { get; init; }

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Writes the document as UTF-8 JSON with the keys that other parts rely on.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, PostJson.Default.PostDocument);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are no document, or one of a newer format.</exception>
    public static PostDocument FromJson(ReadOnlySpan<byte> utf8)
    {
        PostDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(utf8, PostJson.Default.PostDocument);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"Not a post document: {exception.Message}", exception);
        }

        return document switch
        {
            null => throw new FormatException("Not a post document: the JSON is null."),
            { Format: > CurrentFormat } => throw new FormatException(
                $"The document of {document.Path} has format {document.Format}; this version reads up to {CurrentFormat}. Update Pipeline."),
            _ => document,
        };
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PostDocument))]
internal sealed partial class PostJson : JsonSerializerContext;
