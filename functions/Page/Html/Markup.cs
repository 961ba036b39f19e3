using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Pipeline.Functions.Page.Html;

/// <summary>
/// HTML that is safe to send. It is made by <see cref="Of"/> from an interpolated string whose literal parts are markup and whose values
/// are text: every value is escaped, unless it is markup itself. There is no way to make markup of a value unescaped.
/// </summary>
internal readonly struct Markup
{
    private readonly string? text;

    private Markup(string text) => this.text = text;

    /// <summary>Nothing.</summary>
    public static Markup None => default;

    /// <summary>Markup with values.</summary>
    public static Markup Of(MarkupHandler handler) => new(handler.ToString());

    /// <summary>Several pieces, one after another.</summary>
    public static Markup Join(IEnumerable<Markup> pieces) => new(string.Concat(pieces.Select(piece => piece.ToString())));

    /// <summary>The HTML.</summary>
    public override string ToString() => text ?? "";
}

/// <summary>Puts markup together. Numbers and times are written in the invariant culture.</summary>
[InterpolatedStringHandler]
internal readonly ref struct MarkupHandler
{
    private readonly StringBuilder text;

    /// <summary>Called by the compiler.</summary>
    public MarkupHandler(int literalLength, int formattedCount) => text = new(literalLength + (formattedCount * 16));

    /// <summary>Adds a literal part.</summary>
    public void AppendLiteral(string literal) => text.Append(literal);

    /// <summary>Adds markup as it is.</summary>
    public void AppendFormatted(Markup markup) => text.Append(markup.ToString());

    /// <summary>Adds pieces of markup.</summary>
    public void AppendFormatted(IEnumerable<Markup> pieces)
    {
        foreach (var piece in pieces)
        {
            text.Append(piece.ToString());
        }
    }

    /// <summary>Adds a text, escaped for elements and quoted attributes.</summary>
    public void AppendFormatted(string? value) => text.Append(value is null ? "" : HtmlEncoder.Default.Encode(value));

    /// <summary>Adds a value, escaped.</summary>
    public void AppendFormatted<T>(T value)
        where T : IFormattable => AppendFormatted(value, null);

    /// <summary>Adds a value in a format, escaped.</summary>
    public void AppendFormatted<T>(T value, string? format)
        where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    /// <inheritdoc />
    public override string ToString() => text.ToString();
}
