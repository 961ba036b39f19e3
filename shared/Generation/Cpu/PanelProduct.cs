using System.Runtime.Intrinsics;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// Weights times rows of activations: whole panels of weights stay near while all rows go by. A row's result is the same to the last bit
/// whatever rows stand beside it.
/// </summary>
internal static unsafe class PanelProduct
{
    private const int MostPanels = 8;

    // Weights that stay in the second cache while rows go by.
    private const int NearBytes = 1 << 18;

    /// <summary>y = W·x + bias for some outputs.</summary>
    /// <param name="weights">W.</param>
    /// <param name="x">Activations, filled for these weights.</param>
    /// <param name="first">The first output.</param>
    /// <param name="last">The output after the last.</param>
    /// <param name="bias">One number an output, or null.</param>
    /// <param name="y">Where the outputs of each row of x go.</param>
    public static void Multiply<TProduct>(PackedWeights weights, PackedRows x, int first, int last, float* bias, float** y)
        where TProduct : struct, IPanelProduct
    {
        var sums = stackalloc float[MostPanels * PackedRows.Tile * PackedWeights.Panel];
        var together = Math.Clamp(NearBytes / weights.PanelBytes, 1, MostPanels);
        long end = (last + PackedWeights.Panel - 1) / PackedWeights.Panel;
        for (long panel = first / PackedWeights.Panel; panel < end && first < last; panel += together)
        {
            var panels = Math.Min(together, end - panel);
            for (var tile = 0; tile < x.Tiles; tile++)
            {
                var rows = x.RowsOf(tile);
                TProduct.Multiply(
                    weights.Form, rows, weights.Values + (panel * weights.PanelBytes), weights.Scales + (panel * weights.PanelScaleBytes), x.At(tile), weights.Steps, panels, sums);
                for (var p = 0; p < panels; p++)
                {
                    for (var row = 0; row < rows; row++)
                    {
                        Finish(sums + (((p * rows) + row) * PackedWeights.Panel), weights.RowScales, bias, (int)(panel + p) * PackedWeights.Panel, first, last, y[x.FirstOf(tile) + row]);
                    }
                }
            }
        }
    }

    private static void Finish(float* sums, float* scales, float* bias, int start, int first, int last, float* y)
    {
        if (start >= first && start + PackedWeights.Panel <= last)
        {
            for (var i = 0; i < PackedWeights.Panel; i += 8)
            {
                var value = Vector256.Load(sums + i) * Vector256.Load(scales + start + i);
                (bias is null ? value : value + Vector256.Load(bias + start + i)).Store(y + start + i);
            }

            return;
        }

        for (var output = Math.Max(start, first); output < Math.Min(start + PackedWeights.Panel, last); output++)
        {
            var value = sums[output - start] * scales[output];
            y[output] = bias is null ? value : value + bias[output];
        }
    }
}
