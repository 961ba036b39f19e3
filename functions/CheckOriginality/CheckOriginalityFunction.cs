using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Serving;

namespace Pipeline.Functions.CheckOriginality;

/// <summary>POST /api/originality: what of each paragraph of a text stands in the corpus, and in which post.</summary>
internal sealed class CheckOriginalityFunction(OriginalityReader originality) : IHttpFunction
{
    private const int LongestBody = 1 << 20;

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > LongestBody)
        {
            return HttpAnswers.Error($"The text is longer than {LongestBody} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        OriginalityRequest? asked;
        try
        {
            asked = await JsonSerializer.DeserializeAsync(request.Body, OverviewJson.Default.OriginalityRequest, cancellationToken);
        }
        catch (JsonException exception)
        {
            return HttpAnswers.BadRequest($"The body is not valid: {exception.Message}");
        }

        if (asked is not { Text: { } text })
        {
            return HttpAnswers.BadRequest("""Send {"text":"…"}; empty lines divide paragraphs.""");
        }

        try
        {
            return Results.Json(await originality.ReadAsync(text, cancellationToken), OverviewJson.Default.OriginalityAnswer);
        }
        catch (NoModelException exception)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }
}
