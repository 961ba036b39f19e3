using System.Globalization;
using Pipeline.Functions.Local.Samples;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Local.Interactive;

/// <summary>The settings that a session can change, by the names that the command line has for them.</summary>
internal static class SessionSettings
{
    private static readonly Setting[] All =
    [
        Of("length", "tokens at most", r => r.Length, (r, v) => r with { Length = v }),
        Of("temperature", "higher is bolder; 0 is greedy", r => r.Temperature, (r, v) => r with { Temperature = v }),
        Of("top-k", "keeps this many of the likeliest tokens; 0 keeps all", r => r.TopK, (r, v) => r with { TopK = v }),
        Of("top-p", "keeps the likeliest tokens up to this probability", r => r.TopP, (r, v) => r with { TopP = v }),
        Of("min-p", "keeps tokens at least this times as likely as the likeliest", r => r.MinP, (r, v) => r with { MinP = v }),
        Of("typical", "keeps tokens of typical surprise up to this probability", r => r.Typical, (r, v) => r with { Typical = v }),
        Of("repetition-penalty", "above 1, less is said again", r => r.RepetitionPenalty, (r, v) => r with { RepetitionPenalty = v }),
        new("penalty-convention", "LogProbability, BySign or Ctrl", r => r.PenaltyConvention.ToString(), (r, v) => r with { PenaltyConvention = Enum.Parse<PenaltyConvention>(v, ignoreCase: true) }),
        Of("presence-penalty", "subtracted from what was generated before", r => r.PresencePenalty, (r, v) => r with { PresencePenalty = v }),
        Of("frequency-penalty", "the same, once for each time", r => r.FrequencyPenalty, (r, v) => r with { FrequencyPenalty = v }),
        Of("no-repeat-ngram", "no sequence of this many tokens comes twice", r => r.NoRepeatNgram, (r, v) => r with { NoRepeatNgram = v }),
        Of("min-length", "tokens at least", r => r.MinLength, (r, v) => r with { MinLength = v }),
        Of("target-words", "ends after about so many words", r => r.TargetWords, (r, v) => r with { TargetWords = v }),
        Of("explain", "shows so many of the likeliest tokens at every place", r => r.Explain, (r, v) => r with { Explain = v }),
        new("seed", "the same seed gives the same text; empty draws one for every text", r => r.Seed?.ToString(CultureInfo.InvariantCulture) ?? "", (r, v) => r with { Seed = v.Length == 0 ? null : ulong.Parse(v, CultureInfo.InvariantCulture) }),
        new("stop", "ends the text before this", r => string.Join(" ", r.Stop).Replace("\n", "\\n", StringComparison.Ordinal), (r, v) => r with { Stop = v.Length == 0 ? [] : [PromptFile.Unescaped(v)] }),
        new("bad-words", "words that do not come, with commas between", r => string.Join(", ", r.BadWords), (r, v) => r with { BadWords = Items(v) }),
        new("starts-with", "what the text begins with", r => r.ForcedPrefix, (r, v) => r with { ForcedPrefix = PromptFile.Unescaped(v) }),
        new("title", "of the post; with it /go writes a post", r => r.Title ?? "", (r, v) => r with { Title = v.Length == 0 ? null : v }),
        new("tags", "of the post, with commas between", r => string.Join(", ", r.Tags), (r, v) => r with { Tags = Items(v) }),
        new("category", "of the post", r => r.Category ?? "", (r, v) => r with { Category = v.Length == 0 ? null : v }),
        new("year", "whose voice is wanted", r => r.Year?.ToString(CultureInfo.InvariantCulture) ?? "", (r, v) => r with { Year = v.Length == 0 ? null : int.Parse(v, CultureInfo.InvariantCulture) }),
    ];

    /// <summary>Every setting with its value, one a line.</summary>
    public static IEnumerable<string> Show(SampleRequest request) =>
        All.Select(setting => string.Create(CultureInfo.InvariantCulture, $"  {setting.Name,-20}{setting.Value(request),-12}  {setting.Meaning}"));

    /// <summary>Changes one setting.</summary>
    /// <param name="request">The settings so far.</param>
    /// <param name="name">Its name; <c>topK</c> and <c>top_k</c> are <c>top-k</c> too.</param>
    /// <param name="value">The value as it was written.</param>
    /// <param name="vocabulary">Tokens that the model knows, which some settings are checked by.</param>
    /// <exception cref="FormatException">There is no such setting, or the value is none for it.</exception>
    public static SampleRequest Set(SampleRequest request, string name, string value, int vocabulary)
    {
        var setting = Array.Find(All, setting => Plain(setting.Name) == Plain(name))
            ?? throw new FormatException($"There is no setting '{name}'; there are {string.Join(", ", All.Select(known => known.Name))}.");
        SampleRequest changed;
        try
        {
            changed = setting.Change(request, value.Trim());
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            throw new FormatException($"'{value}' is no value for {setting.Name}: {setting.Meaning}.", exception);
        }

        try
        {
            changed.Sampling.Validate(vocabulary);
        }
        catch (InvalidSamplingException exception)
        {
            throw new FormatException(exception.Message, exception);
        }

        return changed;
    }

    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string[] Items(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Setting Of<T>(string name, string meaning, Func<SampleRequest, T> value, Func<SampleRequest, T, SampleRequest> change)
        where T : struct, ISpanParsable<T>, IFormattable =>
        new(name, meaning, request => value(request).ToString(null, CultureInfo.InvariantCulture), (request, text) => change(request, T.Parse(text, CultureInfo.InvariantCulture)));

    private sealed record Setting(string Name, string Meaning, Func<SampleRequest, string> Value, Func<SampleRequest, string, SampleRequest> Change);
}
