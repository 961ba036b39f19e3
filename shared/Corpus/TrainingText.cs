using System.Globalization;
using System.Text;
using Pipeline.Posts;

namespace Pipeline.Corpus;

/// <summary>
/// The form in which the model sees a post: header lines in fixed order, each only if its value is known, an empty line, the text.
/// So a prefix of the form is a prompt.
/// </summary>
public static class TrainingText
{
    private const string CategoryKey = "category: ";
    private const string TagsKey = "tags: ";
    private const string YearKey = "year: ";
    private const string TitleKey = "title: ";

    /// <summary>A post's training text. It begins with an empty line if the header says nothing.</summary>
    public static string Format(PostDocument document) => Format(ControlCode.Of(document), document.Text);

    /// <summary>A header, an empty line and a text.</summary>
    public static string Format(ControlCode code, string body) => $"{Header(code)}\n{body}";

    /// <summary>The header lines, each with its line feed; never an empty line among them.</summary>
    public static string Header(ControlCode code)
    {
        var header = new StringBuilder();
        Line(CategoryKey, code.Category);
        Line(TagsKey, code.Tags.Count > 0 ? string.Join(", ", code.Tags) : null);
        Line(YearKey, code.Year?.ToString(CultureInfo.InvariantCulture));
        Line(TitleKey, code.Title);
        return header.ToString();

        void Line(string key, string? value)
        {
            if (value is not null)
            {
                header.Append(key).Append(value).Append('\n');
            }
        }
    }

    /// <summary>Takes apart what <see cref="Format(ControlCode, string)"/> made; false if the text is not of that form.</summary>
    public static bool TryParse(string text, out ControlCode code, out string body)
    {
        code = ControlCode.Empty;
        body = "";
        var lines = new HeaderLines(text);
        var category = lines.Take(CategoryKey);
        var tags = lines.Take(TagsKey);
        var year = lines.Take(YearKey);
        var title = lines.Take(TitleKey);
        if (!lines.AtEmptyLine)
        {
            return false;
        }

        var parsed = new ControlCode(
            category,
            tags?.Split(", ") ?? [],
            int.TryParse(year, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
            title);
        // Only the normal form is ours: a header that would be written differently is somebody's text.
        if (!text.StartsWith($"{Header(parsed)}\n", StringComparison.Ordinal))
        {
            return false;
        }

        code = parsed;
        body = text[(lines.Position + 1)..];
        return true;
    }

    private struct HeaderLines(string text)
    {
        public int Position { get; private set; }

        public readonly bool AtEmptyLine => Position < text.Length && text[Position] == '\n';

        /// <summary>The value of the next line and past it, if the line has this key.</summary>
        public string? Take(string key)
        {
            var end = text.IndexOf('\n', Position);
            if (end < 0 || !text.AsSpan(Position, end - Position).StartsWith(key, StringComparison.Ordinal))
            {
                return null;
            }

            var value = text[(Position + key.Length)..end];
            Position = end + 1;
            return value;
        }
    }
}
