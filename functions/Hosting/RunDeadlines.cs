using System.Globalization;
using System.Text.Json;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// How long runs may take, kept below the limits of Azure's Functions host: past <c>functionTimeout</c> the host kills the whole
/// handler and with it every other run, and past 230 seconds nobody waits for an HTTP answer any more.
/// </summary>
/// <param name="Invocation">For runs that a timer or blob started.</param>
/// <param name="Http">For requests.</param>
internal sealed record RunDeadlines(TimeSpan Invocation, TimeSpan Http)
{
    /// <summary>The app setting by which Azure overrides host.json's limit.</summary>
    internal const string OverrideVariable = "AzureFunctionsJobHost__functionTimeout";

    // Microsoft's documentation of the Functions host: an HTTP trigger must answer within 230 seconds whatever the function's limit is.
    private static readonly TimeSpan LongestHttp = TimeSpan.FromSeconds(220);

    // What applies on the Flex Consumption plan where host.json says nothing.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(30);

    /// <summary>No limits: for a host that waits as long as it takes.</summary>
    public static RunDeadlines None { get; } = new(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>When to stop generating, so that the answer still leaves in time with what there is.</summary>
    public TimeSpan Generation => Http == Timeout.InfiniteTimeSpan ? Http : Http * 0.9;

    /// <summary>Reads the host's limit from host.json, or from the setting that overrides it.</summary>
    /// <exception cref="FormatException">The limit cannot be read.</exception>
    public static RunDeadlines Read(string appRoot, Func<string, string?> environment)
    {
        var path = Path.Combine(appRoot, "host.json");
        var text = environment(OverrideVariable) ?? Declared(path);
        if (text is null)
        {
            return Below(DefaultTimeout);
        }

        // "-1" is the host's way of saying "no limit".
        return text == "-1" ? new(Timeout.InfiniteTimeSpan, LongestHttp)
            : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero ? Below(timeout)
            : throw new FormatException($"functionTimeout is '{text}' in {path} or {OverrideVariable}; it must be a time such as 00:15:00, or -1.");
    }

    private static RunDeadlines Below(TimeSpan timeout)
    {
        var margin = timeout / 5 < LongestMargin ? timeout / 5 : LongestMargin;
        var own = timeout - margin;
        return new(own, own < LongestHttp ? own : LongestHttp);
    }

    private static string? Declared(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var host = JsonDocument.Parse(File.ReadAllBytes(path));
            return host.RootElement.TryGetProperty("functionTimeout", out var value) ? value.ToString() : null;
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{path} is not valid JSON: {exception.Message}", exception);
        }
    }
}
