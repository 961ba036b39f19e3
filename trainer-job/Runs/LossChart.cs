using System.Globalization;
using System.Net;
using System.Text;

namespace Pipeline.TrainerJob.Runs;

/// <summary>Draws a run's loss as an SVG that needs no script and follows the reader's light or dark setting.</summary>
internal static class LossChart
{
    private const int Width = 800;
    private const int Height = 450;
    private const int Left = 62;
    private const int Right = 20;
    private const int Top = 66;
    private const int Bottom = 52;

    // Colours of Okabe and Ito (2008), which stay apart for the colour-blind; the dark ones are lightened.
    private const string Style = """
          <style>
            .page { fill: #ffffff } .text { fill: #24292f } .faint { fill: #57606a } .grid { stroke: #d0d7de }
            .train { stroke: #9ec9e2 } .smoothed { stroke: #0072b2 } .validation { stroke: #d55e00 } .mark { fill: #d55e00 }
            @media (prefers-color-scheme: dark) {
              .page { fill: #0d1117 } .text { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #30363d }
              .train { stroke: #2d5672 } .smoothed { stroke: #56b4e9 } .validation { stroke: #e69f00 } .mark { fill: #e69f00 }
            }
            text { font: 13px system-ui, sans-serif } .title { font-size: 16px; font-weight: 600 }
            polyline { fill: none; stroke-linejoin: round }
          </style>

        """;

    /// <summary>The picture of a log.</summary>
    /// <param name="curves">The log's curves; empty ones give empty axes.</param>
    /// <param name="run">The run's name, for the title.</param>
    public static string Draw(LossCurves curves, string run)
    {
        var points = curves.All.ToList();
        var steps = Axis.Over(0, points.Count == 0 ? 1 : points.Max(point => point.Step), 8);
        var losses = Axis.Over(points.Count == 0 ? 0 : points.Min(point => point.Loss), points.Count == 0 ? 1 : points.Max(point => point.Loss), 6);
        var title = WebUtility.HtmlEncode($"Training loss of {run}");
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" role="img" aria-labelledby="title description">
              <title id="title">{title}</title>
              <desc id="description">{WebUtility.HtmlEncode(Describe(curves))}</desc>

            """);
        svg.Append(Style);
        svg.Append(CultureInfo.InvariantCulture, $"""
              <rect class="page" width="{Width}" height="{Height}"/>
              <text class="text title" x="{Left}" y="28">{title}</text>

            """);
        DrawLegend(svg);
        DrawAxes(svg, steps, losses);
        DrawCurve(svg, curves.Train, "train", 1, steps, losses);
        DrawCurve(svg, curves.Smoothed, "smoothed", 2, steps, losses);
        DrawCurve(svg, curves.Validation, "validation", 2, steps, losses);
        foreach (var point in curves.Validation)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""  <circle class="mark" cx="{X(steps, point.Step):0.#}" cy="{Y(losses, point.Loss):0.#}" r="3"/>{'\n'}""");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>What the curves show, in words.</summary>
    public static string Describe(LossCurves curves)
    {
        if (curves.Train.Count == 0)
        {
            return "No step has been taken yet.";
        }

        var (first, last) = (curves.Smoothed[0], curves.Smoothed[^1]);
        var text = string.Create(CultureInfo.InvariantCulture, $"The smoothed training loss goes from {first.Loss:0.00} at step {first.Step:0} to {last.Loss:0.00} at step {last.Step:0}.");
        if (curves.Validation.Count == 0)
        {
            return text;
        }

        var best = curves.Validation.MinBy(point => point.Loss);
        return text + string.Create(CultureInfo.InvariantCulture, $" The best validation loss is {best.Loss:0.00} at step {best.Step:0}.");
    }

    private static void DrawLegend(StringBuilder svg)
    {
        var x = Left;
        foreach (var (name, label) in new[] { ("train", "train"), ("smoothed", "train, smoothed"), ("validation", "validation") })
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                  <line class="{name}" x1="{x}" y1="46" x2="{x + 22}" y2="46" stroke-width="3"/>
                  <text class="faint" x="{x + 28}" y="50">{label}</text>

                """);
            x += 60 + label.Length * 7;
        }
    }

    private static void DrawAxes(StringBuilder svg, Axis steps, Axis losses)
    {
        foreach (var tick in losses.Ticks)
        {
            var label = tick.ToString("F" + losses.Decimals, CultureInfo.InvariantCulture);
            svg.Append(CultureInfo.InvariantCulture, $"""
                  <line class="grid" x1="{Left}" y1="{Y(losses, tick):0.#}" x2="{Width - Right}" y2="{Y(losses, tick):0.#}"/>
                  <text class="faint" x="{Left - 8}" y="{Y(losses, tick) + 4:0.#}" text-anchor="end">{label}</text>

                """);
        }

        foreach (var tick in steps.Ticks)
        {
            var label = tick.ToString("F" + steps.Decimals, CultureInfo.InvariantCulture);
            svg.Append(CultureInfo.InvariantCulture, $"""
                  <line class="grid" x1="{X(steps, tick):0.#}" y1="{Height - Bottom}" x2="{X(steps, tick):0.#}" y2="{Height - Bottom + 5}"/>
                  <text class="faint" x="{X(steps, tick):0.#}" y="{Height - Bottom + 20}" text-anchor="middle">{label}</text>

                """);
        }

        svg.Append(CultureInfo.InvariantCulture, $"""
              <text class="faint" x="{(Left + Width - Right) / 2}" y="{Height - 12}" text-anchor="middle">step</text>
              <text class="faint" x="16" y="{(Top + Height - Bottom) / 2}" text-anchor="middle" transform="rotate(-90 16 {(Top + Height - Bottom) / 2})">loss, nats a token</text>

            """);
    }

    private static void DrawCurve(StringBuilder svg, IReadOnlyList<LossCurves.Point> curve, string name, int width, Axis steps, Axis losses)
    {
        if (curve.Count == 0)
        {
            return;
        }

        var points = string.Join(' ', curve.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(steps, point.Step):0.#},{Y(losses, point.Loss):0.#}")));
        svg.Append(CultureInfo.InvariantCulture, $"""  <polyline class="{name}" stroke-width="{width}" points="{points}"/>{'\n'}""");
    }

    private static double X(Axis axis, double step) => Left + axis.Share(step) * (Width - Left - Right);

    private static double Y(Axis axis, double loss) => Height - Bottom - axis.Share(loss) * (Height - Top - Bottom);
}
