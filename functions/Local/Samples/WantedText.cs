using System.Globalization;
using Pipeline.Functions.Sample;

namespace Pipeline.Functions.Local.Samples;

/// <summary>A text that is wanted.</summary>
/// <param name="Prompt">The prompt's number in its file, from 1; 0 without such a file.</param>
/// <param name="Request">What it is asked to be, with its seed.</param>
internal sealed record WantedText(int Prompt, SampleRequest Request)
{
    /// <summary>Such as <c>prompt-002-t0.7-seed42.txt</c>.</summary>
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{(Prompt > 0 ? $"prompt-{Prompt:000}" : "sample")}-t{Request.Temperature}-seed{Request.Seed}.txt");

    /// <summary>Every prompt at every temperature so often. The texts of one prompt have the same seeds at each temperature.</summary>
    /// <param name="request">The settings in common, with the first seed.</param>
    /// <param name="prompts">Prompts of a file; none takes the request's own.</param>
    /// <param name="temperatures">Temperatures; none takes the request's own.</param>
    /// <param name="count">Texts of each prompt at each temperature.</param>
    public static IReadOnlyList<WantedText> All(SampleRequest request, IReadOnlyList<string> prompts, IReadOnlyList<float> temperatures, int count) =>
    [
        .. from prompt in prompts.Count > 0 ? Enumerable.Range(1, prompts.Count) : [0]
           from temperature in temperatures.Count > 0 ? temperatures.Distinct() : [request.Temperature]
           from number in Enumerable.Range(0, count)
           select new WantedText(prompt, request with
           {
               Prompt = prompt > 0 ? prompts[prompt - 1] : request.Prompt,
               Temperature = temperature,
               Seed = (request.Seed ?? 0) + (ulong)((Math.Max(prompt, 1) - 1) * count) + (ulong)number,
           }),
    ];
}
