using System.Globalization;
using System.Text;

namespace Pipeline.Functions.Page.Html;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is; stands in the legend.</param>
/// <param name="Style">Its class in the style sheet.</param>
/// <param name="Points">Its points by x.</param>
/// <param name="Dots">Whether each point is marked: for few ones.</param>
internal sealed record ChartLine(string Name, string Style, IReadOnlyList<(double X, double Y)> Points, bool Dots = false);

/// <summary>Draws lines over numbers as SVG. Its looks are in the style sheet; the figures stand in a table beside it.</summary>
internal static class LineChart
{
    private const int Width = 720;
    private const int Height = 320;
    private const int Left = 52;
    private const int Right = 12;
    private const int Top = 10;
    private const int Bottom = 36;

    // More than one a pixel cannot be seen.
    private const int MostPoints = 700;

    /// <summary>The chart.</summary>
    /// <param name="id">The element's id.</param>
    /// <param name="title">What it shows, for those who cannot see it.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="xTitle">What x is.</param>
    /// <param name="yTitle">What y is.</param>
    /// <param name="x">The scale of x.</param>
    /// <param name="log">Whether y is logarithmic.</param>
    public static Markup Draw(string id, string title, IReadOnlyList<ChartLine> lines, string xTitle, string yTitle, ChartScale x, bool log)
    {
        var shown = lines.Select(line => line with { Points = [.. line.Points.Where(point => point.X >= x.Low && point.X <= x.High)] }).Where(line => line.Points.Count > 0).ToList();
        var y = ChartScale.Of(shown.SelectMany(line => line.Points.Select(point => point.Y)), log);
        var legend = shown.Select(line => Markup.Of($"<li><svg class=\"key {line.Style}\" viewBox=\"0 0 24 8\" aria-hidden=\"true\"><path d=\"M1 4H23\"/></svg>{line.Name}</li>"));
        return Markup.Of(
            $"""
            <figure class="chart"><svg id="{id}" viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}" data-x0="{Left}" data-x1="{Width - Right}" data-y0="{Height - Bottom}" data-y1="{Top}" data-from="{x.Low:R}" data-to="{x.High:R}" data-low="{y.Low:R}" data-high="{y.High:R}" data-log="{(log ? 1 : 0)}">
            <g class="grid">{y.Ticks(5).Select(tick => YTick(tick, y))}{x.Ticks(7).Select(tick => XTick(tick, x))}</g>
            <text class="axis" x="{(Left + Width - Right) / 2}" y="{Height - 4}" text-anchor="middle">{xTitle}</text>
            <text class="axis" x="14" y="{(Top + Height - Bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 {(Top + Height - Bottom) / 2})">{yTitle}</text>
            {shown.Select(line => Line(line, x, y))}</svg><ul class="legend">{legend}</ul></figure>
            """);
    }

    private static Markup Line(ChartLine line, ChartScale x, ChartScale y)
    {
        var points = Thin(line.Points);
        var path = new StringBuilder();
        foreach (var (px, py) in points)
        {
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Place(X(px, x))).Append(' ').Append(Place(Y(py, y)));
        }

        IEnumerable<Markup> dots = line.Dots ? points.Select(point => Markup.Of($"<circle cx=\"{Place(X(point.X, x))}\" cy=\"{Place(Y(point.Y, y))}\" r=\"3\"/>")) : [];
        return Markup.Of($"<g class=\"line {line.Style}\"><path d=\"{path.ToString()}\"/>{dots}</g>");
    }

    // The mean of each stretch stands for it.
    private static List<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        var each = (points.Count + MostPoints - 1) / MostPoints;
        return [.. points.Chunk(Math.Max(1, each)).Select(chunk => (chunk.Average(point => point.X), chunk.Average(point => point.Y)))];
    }

    private static Markup YTick(double value, ChartScale scale)
    {
        var place = Place(Y(value, scale));
        return Markup.Of($"<path d=\"M{Left} {place}H{Width - Right}\"/><text x=\"{Left - 6}\" y=\"{place}\" dy=\".32em\" text-anchor=\"end\">{value:0.###}</text>");
    }

    private static Markup XTick(double value, ChartScale scale)
    {
        var place = Place(X(value, scale));
        return Markup.Of($"<text x=\"{place}\" y=\"{Height - Bottom + 14}\" text-anchor=\"middle\">{value:0.##}</text>");
    }

    private static double X(double value, ChartScale scale) => Left + (scale.At(value) * (Width - Left - Right));

    private static double Y(double value, ChartScale scale) => Height - Bottom - (scale.At(value) * (Height - Top - Bottom));

    private static string Place(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
