using System.Text.Json;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Serving;
using Pipeline.Generation;

namespace Pipeline.Functions.Sample;

/// <summary>GET or POST /api/sample: a text from the model in service, at any time.</summary>
internal sealed class SampleFunction(ServingModels models) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        SampleRequest? sample;
        try
        {
            sample = HttpMethods.IsPost(request.Method)
                ? await JsonSerializer.DeserializeAsync(request.Body, SampleJson.Default.SampleRequest, cancellationToken)
                : SampleRequest.FromQuery(request.Query);
            if (sample is null)
            {
                return HttpAnswers.BadRequest("Send an object such as {\"title\":\"Soup\",\"temperature\":0.7}.");
            }

            sample = sample with { Seed = sample.Seed ?? Seeds.Draw() };
            using var loan = await models.BorrowAsync(cancellationToken);
            var texts = await new TextGenerator(loan.Model).GenerateAsync(sample.ToGeneration(loan.Model.Tokenizer), cancellationToken);
            return Results.Json(
                new SampleAnswer
                {
                    Prefix = sample.Prefix,
                    Text = texts[0].Text,
                    Seed = texts[0].Seed,
                    Version = loan.Manifest.Version,
                    Tokens = texts[0].Tokens.Count,
                    FinishReason = texts[0].FinishReason.ToString(),
                    Explain = ExplainedToken.Of(texts[0], loan.Model.Tokenizer),
                },
                SampleJson.Default.SampleAnswer);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidSamplingException)
        {
            return HttpAnswers.BadRequest(exception.Message);
        }
        catch (NoModelException exception)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }
}
