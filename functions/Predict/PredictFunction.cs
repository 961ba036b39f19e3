using System.Globalization;
using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Sample;
using Pipeline.Functions.Serving;
using Pipeline.Generation;

namespace Pipeline.Functions.Predict;

/// <summary>POST /api/predict: goes on from each row of a Seldon message.</summary>
internal sealed class PredictFunction(ServingModels models) : IHttpFunction
{
    private const int MostRows = 64;

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var message = await JsonSerializer.DeserializeAsync(request.Body, SeldonJson.Default.SeldonMessage, cancellationToken);
            IReadOnlyList<string>? rows = message switch
            {
                { StrData: { } text, Data: null } => [text],
                { StrData: null, Data.Ndarray: { Count: > 0 and <= MostRows } texts } => texts,
                _ => null,
            };
            if (rows is null)
            {
                return HttpAnswers.BadRequest($$$"""Send {"data":{"ndarray":["text", …]}} with 1 to {{{MostRows}}} rows, or {"strData":"text"}.""");
            }

            return await AnswerAsync(message!, rows, cancellationToken);
        }
        catch (Exception exception) when (exception is JsonException or InvalidSamplingException)
        {
            return HttpAnswers.BadRequest(exception.Message);
        }
        catch (NoModelException exception)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }

    private async Task<IResult> AnswerAsync(SeldonMessage message, IReadOnlyList<string> rows, CancellationToken cancellationToken)
    {
        using var loan = await models.BorrowAsync(cancellationToken);
        var generator = new TextGenerator(loan.Model);
        var seed = Seeds.Draw();
        var answers = new List<string>(rows.Count);
        foreach (var row in rows)
        {
            var texts = await generator.GenerateAsync(new() { Prompt = row, Sampling = new() { Seed = seed } }, cancellationToken);
            answers.Add(texts[0].Text);
        }

        var meta = new SeldonMeta
        {
            Tags = new Dictionary<string, string> { ["version"] = loan.Manifest.Version, ["seed"] = seed.ToString(CultureInfo.InvariantCulture) },
        };
        return Results.Json(
            message.StrData is null
                ? new SeldonMessage { Data = new() { Names = message.Data!.Names ?? ["text"], Ndarray = answers }, Meta = meta }
                : new SeldonMessage { StrData = answers[0], Meta = meta },
            SeldonJson.Default.SeldonMessage);
    }
}
