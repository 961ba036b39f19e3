using System.Text;

namespace Pipeline.Posts.Text;

/// <summary>The inside of <c>pre</c>.</summary>
internal static class HtmlPreformatted
{
    /// <summary>The text of preformatted HTML: tags gone, references decoded, blanks as they are.</summary>
    public static string Decode(ReadOnlySpan<char> html)
    {
        var preformatted = new StringBuilder(html.Length);
        while (true)
        {
            var next = html.IndexOfAny('<', '&');
            if (next < 0)
            {
                return preformatted.Append(html).ToString();
            }

            preformatted.Append(html[..next]);
            html = html[next..];
            var length = 0;
            if (html[0] == '&')
            {
                length = CharacterReference.Read(html, out var decoded);
                preformatted.Append(decoded);
            }
            else if (HtmlTag.TryParse(html, out var tag))
            {
                length = tag.Length;
                if (tag.Kind == HtmlElementKind.Break || (tag.IsEnd && tag.Kind is HtmlElementKind.Line or HtmlElementKind.Paragraph))
                {
                    preformatted.Append('\n');
                }
            }

            if (length == 0)
            {
                preformatted.Append(html[0]);
            }

            html = html[Math.Max(length, 1)..];
        }
    }
}
