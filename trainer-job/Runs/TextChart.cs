using System.Globalization;
using System.Text;

namespace Pipeline.TrainerJob.Runs;

/// <summary>A loss chart for a terminal: the smoothed loss as a line of Braille dots, each evaluation as an 'o'.</summary>
internal static class TextChart
{
    private const int LabelWidth = 7;
    private const int DotsAcross = 2;
    private const int DotsDown = 4;

    // Unicode 2800 and on: the bit of each dot of a cell, by column and row.
    private static readonly int[,] _bits = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

    /// <summary>The chart's lines.</summary>
    /// <param name="curves">The log's curves.</param>
    /// <param name="width">Characters across, labels included; 30 at least.</param>
    /// <param name="height">Lines of the plot.</param>
    public static IReadOnlyList<string> Draw(LossCurves curves, int width, int height)
    {
        var points = curves.Smoothed.Concat(curves.Validation).ToList();
        if (points.Count == 0)
        {
            return [];
        }

        var columns = Math.Max(30, width) - LabelWidth - 2;
        var losses = Axis.Over(points.Min(point => point.Loss), points.Max(point => point.Loss), Math.Max(2, height / 3));
        var last = Math.Max(1, points.Max(point => point.Step));
        var cells = new char[height, columns];
        DrawLine(cells, curves.Smoothed, losses, last);
        foreach (var point in curves.Validation)
        {
            var row = (int)Math.Round((1 - losses.Share(point.Loss)) * (height - 1));
            cells[row, (int)Math.Round(point.Step / last * (columns - 1))] = 'o';
        }

        List<string> lines = [];
        for (var row = 0; row < height; row++)
        {
            var line = new StringBuilder(Label(losses, row, height)).Append(" │");
            for (var column = 0; column < columns; column++)
            {
                line.Append(cells[row, column] == default ? ' ' : cells[row, column]);
            }

            lines.Add(line.ToString().TrimEnd());
        }

        var end = last.ToString("0", CultureInfo.InvariantCulture);
        lines.Add(new string(' ', LabelWidth) + " └" + new string('─', columns));
        lines.Add(new string(' ', LabelWidth + 2) + "0" + "step".PadLeft(columns / 2).PadRight(columns - 1 - end.Length) + end);
        lines.Add(new string(' ', LabelWidth + 2) + "⣀ training loss, smoothed   o validation loss");
        return lines;
    }

    private static string Label(Axis losses, int row, int height)
    {
        // A tick is written on the line nearest to it.
        foreach (var tick in losses.Ticks)
        {
            if ((int)Math.Round((1 - losses.Share(tick)) * (height - 1)) == row)
            {
                return tick.ToString("F" + losses.Decimals, CultureInfo.InvariantCulture).PadLeft(LabelWidth);
            }
        }

        return new string(' ', LabelWidth);
    }

    private static void DrawLine(char[,] cells, IReadOnlyList<LossCurves.Point> curve, Axis losses, double last)
    {
        var (height, columns) = (cells.GetLength(0), cells.GetLength(1));
        for (var i = 0; i < curve.Count; i++)
        {
            var (toX, toY) = Dot(curve[i]);
            var (fromX, fromY) = i == 0 ? (toX, toY) : Dot(curve[i - 1]);
            var distance = Math.Max(1, Math.Max(Math.Abs(toX - fromX), Math.Abs(toY - fromY)));
            for (var k = 0; k <= distance; k++)
            {
                Set(fromX + (toX - fromX) * k / distance, fromY + (toY - fromY) * k / distance);
            }
        }

        (int X, int Y) Dot(LossCurves.Point point) => (
            (int)Math.Round(point.Step / last * (columns * DotsAcross - 1)),
            (int)Math.Round((1 - losses.Share(point.Loss)) * (height * DotsDown - 1)));

        void Set(int x, int y)
        {
            ref var cell = ref cells[y / DotsDown, x / DotsAcross];
            cell = (char)((cell == default ? 0x2800 : cell) | _bits[x % DotsAcross, y % DotsDown]);
        }
    }
}
