using System.Text.Json;
using Pipeline.Costs;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Sample;
using Pipeline.Functions.Serving;
using Pipeline.Generation;

namespace Pipeline.Functions.Predict;

/// <summary>POST /api/predict: goes on from each row of a Seldon message, and answers in the form in which it was asked.</summary>
internal sealed class PredictFunction(ServingModels models, GenerationQueue queue, MonthlyCap cap, RunDeadlines deadlines, TimeProvider clock) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var deadline = TimedText.After(clock, deadlines.Generation);
        try
        {
            var message = await JsonBody.ReadAsync(request, SeldonJson.Default.SeldonMessage, cancellationToken);
            var rows = SeldonRows.Read(message);
            var sampling = PredictSettings.Read(message!.Meta?.Tags);
            var key = request.Headers[SampleFunction.StickyHeader] is [{ Length: > 0 } sticky, ..] ? sticky
                : message.StrData ?? message.Data?.Ndarray?.GetRawText() ?? string.Join(' ', message.Data?.Tensor?.Values ?? []);
            await cap.DemandGenerationAsync(cancellationToken);
            using var loan = await models.BorrowForAsync(key, cancellationToken);
            sampling.Validate(loan.Model.Tokenizer.VocabularySize);
            using var place = await queue.EnterAsync(deadlines.Generation, cancellationToken);
            if (place is null)
            {
                return new QueueFull(queue);
            }

            var texts = await GenerateAsync(rows, loan, sampling, deadline, cancellationToken);
            return Results.Json(rows.Answer(texts, loan.Model.Tokenizer) with { Meta = MetaOf(message, loan, sampling, texts, key) }, SeldonJson.Default.SeldonMessage);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidSamplingException)
        {
            return HttpAnswers.BadRequest(exception.Message);
        }
        catch (Exception exception) when (exception is NoModelException or CapReachedException)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }

    private async Task<List<GeneratedText>> GenerateAsync(SeldonRows rows, ServingModels.Loan loan, SamplingOptions sampling, long deadline, CancellationToken cancellationToken)
    {
        var texts = new List<GeneratedText>(rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            var (text, tokens) = rows.Prompt(row, loan.Model.Tokenizer);
            var generation = text is null ? new GenerationRequest { PromptTokens = tokens, Sampling = sampling } : new GenerationRequest { Prompt = text, Sampling = sampling };
            // Every row gets its share of the time that is left, so that none comes out empty.
            var now = clock.GetTimestamp();
            var share = deadline == long.MaxValue ? deadline : now + ((deadline - now) / (rows.Count - row));
            texts.Add(await TimedText.GenerateAsync(loan, generation, share, clock, onText: null, cancellationToken));
        }

        return texts;
    }

    private static SeldonMeta MetaOf(SeldonMessage message, ServingModels.Loan loan, SamplingOptions sampling, List<GeneratedText> texts, string key)
    {
        var tags = new Dictionary<string, JsonElement>(message.Meta?.Tags ?? new Dictionary<string, JsonElement>())
        {
            ["version"] = JsonSerializer.SerializeToElement(loan.Manifest.Version, SeldonJson.Default.String),
            ["seed"] = JsonSerializer.SerializeToElement(sampling.Seed, SeldonJson.Default.UInt64),
            ["finishReasons"] = JsonSerializer.SerializeToElement([.. texts.Select(text => text.FinishReason.ToString())], SeldonJson.Default.Texts),
        };
        if (texts.Select(TimedText.ReasonOf).FirstOrDefault(reason => reason is not null) is { } late)
        {
            tags["reason"] = JsonSerializer.SerializeToElement(late, SeldonJson.Default.String);
        }

        return new() { Puid = message.Meta?.Puid is { Length: > 0 } puid ? puid : Puid.Of(loan.Manifest.Version, sampling.Seed, key, sampling.ToString()), Tags = tags };
    }
}
