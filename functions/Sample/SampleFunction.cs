using System.Globalization;
using System.Text.Json;
using Pipeline.Costs;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Serving;
using Pipeline.Generation;

namespace Pipeline.Functions.Sample;

/// <summary>
/// GET or POST /api/sample: a text from a model in service, at any time; as it is made, if server-sent events are accepted. A full
/// queue answers 429 and says when to come again; a text that takes too long is given as far as it came.
/// </summary>
internal sealed class SampleFunction(ServingModels models, GenerationQueue queue, MonthlyCap cap, ShadowRunner shadow, RunDeadlines deadlines, TimeProvider clock) : IHttpFunction
{
    /// <summary>A caller who sends the same value gets the same version while several share the requests.</summary>
    internal const string StickyHeader = "x-sticky-key";

    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var deadline = TimedText.After(clock, deadlines.Generation);
        IDisposable? place = null;
        ServingModels.Loan? loan = null;
        try
        {
            var sample = HttpMethods.IsPost(request.Method)
                ? await JsonSerializer.DeserializeAsync(request.Body, SampleJson.Default.SampleRequest, cancellationToken)
                : SampleRequest.FromQuery(request.Query);
            if (sample is null)
            {
                return HttpAnswers.BadRequest("Send an object such as {\"title\":\"Soup\",\"temperature\":0.7}.");
            }

            sample = sample with { Seed = sample.Seed ?? Seeds.Draw() };
            var key = request.Headers[StickyHeader] is [{ Length: > 0 } sticky, ..] ? sticky : sample.Prefix;
            await cap.DemandGenerationAsync(cancellationToken);
            loan = await models.BorrowForAsync(key, cancellationToken);
            sample.ToGeneration(loan.Model.Tokenizer).Validate(loan.Model.Tokenizer.VocabularySize);
            sample.Beam?.Validate();
            place = await queue.EnterAsync(deadlines.Generation, cancellationToken);
            if (place is null)
            {
                return new QueueFull(queue);
            }

            var run = new SampleRun(sample, loan, place, deadline, clock, shadow);
            (loan, place) = (null, null);
            return request.Headers.Accept.ToString().Contains(SampleStream.ContentType, StringComparison.OrdinalIgnoreCase)
                ? new SampleStream(run)
                : await AnswerAsync(run, cancellationToken);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidSamplingException)
        {
            return HttpAnswers.BadRequest(exception.Message);
        }
        catch (Exception exception) when (exception is NoModelException or CapReachedException)
        {
            return HttpAnswers.Error(exception.Message, StatusCodes.Status503ServiceUnavailable);
        }
        finally
        {
            place?.Dispose();
            loan?.Dispose();
        }
    }

    private static async Task<IResult> AnswerAsync(SampleRun run, CancellationToken cancellationToken)
    {
        using (run)
        {
            return Results.Json(await run.GenerateAsync(onText: null, cancellationToken), SampleJson.Default.SampleAnswer);
        }
    }
}

/// <summary>429: too many texts are being made.</summary>
/// <param name="queue">The queue that is full.</param>
internal sealed class QueueFull(GenerationQueue queue) : IResult
{
    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var seconds = queue.RetryAfter.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        await queue.HoldBackAsync(httpContext.RequestAborted);
        httpContext.Response.Headers.RetryAfter = seconds;
        await HttpAnswers.Error($"Too many texts are being made now. Come again in {seconds} s.", StatusCodes.Status429TooManyRequests).ExecuteAsync(httpContext);
    }
}
