namespace Pipeline.Functions.Page.Html;

/// <summary>Draws counts as SVG bars, with their table behind them.</summary>
internal static class BarChart
{
    private const int Height = 180;
    private const int Bottom = 22;
    private const int Top = 16;
    private const int Wide = 560;
    private const int Row = 24;
    private const int Label = 150;

    /// <summary>Upright bars, for what has an order.</summary>
    /// <param name="title">What they show.</param>
    /// <param name="what">The heading of the table's first column.</param>
    /// <param name="unit">The heading of its second.</param>
    /// <param name="bars">Names and counts.</param>
    public static Markup Upright(string title, string what, string unit, IReadOnlyList<(string Name, long Count)> bars)
    {
        var most = Math.Max(1, bars.Count == 0 ? 1 : bars.Max(bar => bar.Count));
        var slot = (double)Wide / Math.Max(1, bars.Count);
        var drawn = bars.Select((bar, index) =>
        {
            var height = (double)bar.Count / most * (Height - Top - Bottom);
            var middle = (index + 0.5) * slot;
            return Markup.Of(
                $"""
                <rect x="{middle - (slot * 0.36):0.#}" y="{Height - Bottom - height:0.#}" width="{slot * 0.72:0.#}" height="{height:0.#}" rx="2"/><text x="{middle:0.#}" y="{Height - 6}" text-anchor="middle">{bar.Name}</text><text class="value" x="{middle:0.#}" y="{Height - Bottom - height - 4:0.#}" text-anchor="middle">{Words.Short(bar.Count)}</text>
                """);
        });
        return Markup.Of(
            $"""
            <figure class="bars"><svg viewBox="0 0 {Wide} {Height}" role="img" aria-label="{title}">{drawn}</svg>{Table(title, what, unit, bars)}</figure>
            """);
    }

    /// <summary>Lying bars, for names.</summary>
    /// <inheritdoc cref="Upright" />
    public static Markup Lying(string title, string what, string unit, IReadOnlyList<(string Name, long Count)> bars, int shown)
    {
        var most = Math.Max(1, bars.Count == 0 ? 1 : bars.Max(bar => bar.Count));
        var drawn = bars.Take(shown).Select((bar, index) =>
        {
            var width = (double)bar.Count / most * (Wide - Label - 50);
            var middle = (index * Row) + (Row / 2);
            var name = bar.Name.Length > 22 ? string.Concat(bar.Name.AsSpan(0, char.IsHighSurrogate(bar.Name[20]) ? 20 : 21), "…") : bar.Name;
            return Markup.Of(
                $"""
                <text x="{Label - 8}" y="{middle}" dy=".32em" text-anchor="end">{name}</text><rect x="{Label}" y="{middle - 7}" width="{Math.Max(1, width):0.#}" height="14" rx="2"/><text class="value" x="{Label + width + 6:0.#}" y="{middle}" dy=".32em">{Words.Short(bar.Count)}</text>
                """);
        });
        return Markup.Of(
            $"""
            <figure class="bars"><svg viewBox="0 0 {Wide} {Math.Max(1, Math.Min(shown, bars.Count)) * Row}" role="img" aria-label="{title}">{drawn}</svg>{Table(title, what, unit, bars)}</figure>
            """);
    }

    private static Markup Table(string title, string what, string unit, IReadOnlyList<(string Name, long Count)> bars) => Markup.Of(
        $"""
        <details><summary>{title} as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="{title}"><table><thead><tr><th scope="col">{what}</th><th scope="col" class="n">{unit}</th></tr></thead><tbody>{bars.Select(bar => Markup.Of($"<tr><td>{bar.Name}</td><td class=\"n\">{Words.Number(bar.Count)}</td></tr>"))}</tbody></table></div></details>
        """);
}
