using System.Globalization;

namespace Pipeline.Functions.Page.Views;

/// <summary>What the address of the Train view asks for.</summary>
/// <param name="Run">The run; null for the newest.</param>
/// <param name="With">Another run, drawn over it.</param>
/// <param name="Log">Whether the loss has a logarithmic axis.</param>
/// <param name="Smooth">Whether only the smoothed training loss is drawn.</param>
/// <param name="From">The first step shown; null for the run's first.</param>
/// <param name="To">The last step shown; null for the run's last.</param>
internal sealed record TrainQuery(string? Run, string? With, bool Log, bool Smooth, double? From, double? To)
{
    /// <summary>Reads it; what cannot be read counts as not given.</summary>
    public static TrainQuery Of(IQueryCollection query) => new(
        PageQuery.Text(query, "run"),
        PageQuery.Text(query, "with"),
        PageQuery.Text(query, "axis") == "log",
        PageQuery.Text(query, "lines") == "smooth",
        Step(query, "from"),
        Step(query, "to"));

    private static double? Step(IQueryCollection query, string name) =>
        double.TryParse(PageQuery.Text(query, name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : null;
}
