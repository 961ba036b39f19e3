using System.Globalization;
using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Sample;
using Pipeline.Generation;

namespace Pipeline.Functions.Predict;

/// <summary>Sampling settings that a request names in <c>meta.tags</c>; the names and defaults are those of /api/sample.</summary>
internal static class PredictSettings
{
    /// <summary>Reads them; tags of other names are the caller's own.</summary>
    /// <exception cref="FormatException">A value is no number; it is named.</exception>
    public static SamplingOptions Read(IReadOnlyDictionary<string, JsonElement>? tags)
    {
        var request = new SampleRequest();
        request.Length = Value<int>("length") ?? request.Length;
        request.Temperature = Value<float>("temperature") ?? request.Temperature;
        request.TopK = Value<int>("topK") ?? request.TopK;
        request.TopP = Value<float>("topP") ?? request.TopP;
        request.RepetitionPenalty = Value<float>("repetitionPenalty") ?? request.RepetitionPenalty;
        request.Seed = Value<ulong>("seed") ?? Seeds.Draw();
        return request.Sampling;

        T? Value<T>(string name)
            where T : struct, ISpanParsable<T> =>
            tags is null || !tags.TryGetValue(name, out var tag) ? null
            : T.TryParse(JsonText.Of(tag) ?? tag.GetRawText(), CultureInfo.InvariantCulture, out var value) ? value
            : throw new FormatException($"The tag {name} must be a number, not {tag.GetRawText()}.");
    }
}
