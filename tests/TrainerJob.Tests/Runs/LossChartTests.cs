using System.Globalization;
using System.Xml.Linq;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Runs;

public sealed class LossChartTests
{
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void The_picture_is_well_formed_and_tells_its_content_to_those_who_cannot_see_it()
    {
        var picture = XDocument.Parse(LossChart.Draw(Curves(120), "a<b&c")).Root!;

        Assert.Equal("Training loss of a<b&c", picture.Element(_svg + "title")!.Value);
        Assert.Contains("best validation loss is 3.10 at step 120", picture.Element(_svg + "desc")!.Value, StringComparison.Ordinal);
        Assert.Equal("img", picture.Attribute("role")!.Value);
        Assert.Contains("prefers-color-scheme: dark", picture.Element(_svg + "style")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_curves_and_a_legend_are_drawn_within_the_frame()
    {
        var picture = XDocument.Parse(LossChart.Draw(Curves(120), "run")).Root!;

        var lines = picture.Elements(_svg + "polyline").ToDictionary(line => line.Attribute("class")!.Value, line => line.Attribute("points")!.Value.Split(' '));
        Assert.Equal((120, 120, 12), (lines["train"].Length, lines["smoothed"].Length, lines["validation"].Length));
        foreach (var point in lines.Values.SelectMany(points => points))
        {
            var place = point.Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            Assert.InRange(place[0], 62, 780);
            Assert.InRange(place[1], 66, 398);
        }

        foreach (var label in new[] { "train", "train, smoothed", "validation", "step", "loss, nats a token" })
        {
            Assert.Contains(label, picture.Elements(_svg + "text").Select(text => text.Value));
        }
    }

    [Fact]
    public void A_long_run_gives_a_small_picture()
    {
        Assert.InRange(LossChart.Draw(Curves(100_000), "run").Length, 1, 60_000);
    }

    [Fact]
    public void Losses_that_are_no_numbers_are_left_out()
    {
        var curves = LossCurves.Of([new(1, 0.1, double.NaN, double.NaN, null, 0.1, 1), new(2, 0.2, 4, 4, null, 0.1, 1)]);

        Assert.DoesNotContain("NaN", LossChart.Draw(curves, "run"), StringComparison.Ordinal);
        Assert.Equal(4, Assert.Single(curves.Train).Loss);
    }

    [Fact]
    public void An_empty_log_gives_empty_axes()
    {
        var picture = XDocument.Parse(LossChart.Draw(LossCurves.Of([]), "run")).Root!;

        Assert.Empty(picture.Elements(_svg + "polyline"));
        Assert.Empty(TextChart.Draw(LossCurves.Of([]), 80, 10));
    }

    [Theory]
    [InlineData(0, 120, 8, 0, 120, 20)]
    [InlineData(0, 200, 8, 0, 200, 50)]
    [InlineData(3.1, 6.7, 6, 3, 7, 1)]
    [InlineData(0.012, 0.034, 6, 0.01, 0.035, 0.005)]
    [InlineData(5, 5, 6, 4.4, 5.6, 0.2)]
    public void Ticks_are_round_numbers_that_enclose_the_values(double least, double greatest, int ticks, double from, double to, double step)
    {
        var axis = Axis.Over(least, greatest, ticks);

        Assert.Equal((from, to, step), (Math.Round(axis.From, 9), Math.Round(axis.To, 9), Math.Round(axis.Step, 9)));
        Assert.True(axis.From <= least && axis.To >= greatest);
        Assert.Equal(axis.To, axis.Ticks.Last(), 1e-9);
    }

    [Fact]
    public void The_text_chart_fits_its_width_and_shows_both_curves()
    {
        var lines = TextChart.Draw(Curves(120), width: 60, height: 10);

        Assert.All(lines, line => Assert.InRange(line.Length, 1, 60));
        Assert.Contains(lines, line => line.Contains('o', StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Any(c => c is >= '\u2801' and <= '\u28ff'));
        Assert.Contains(lines, line => line.TrimStart().StartsWith("6 ", StringComparison.Ordinal));
    }

    private static LossCurves Curves(int steps) => LossCurves.Of(
    [
        .. Enumerable.Range(1, steps).Select(step =>
        {
            var loss = 3 + 3.0 * (steps - step) / steps;
            return new StepRecord(step, step / 10.0, loss, loss + 0.05, step % 10 == 0 ? loss + 0.1 : null, 0.001, 1000);
        }),
    ]);
}
