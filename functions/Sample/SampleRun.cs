using Pipeline.Functions.Serving;
using Pipeline.Generation;

namespace Pipeline.Functions.Sample;

/// <summary>A sample that has its place and its model.</summary>
internal sealed class SampleRun(SampleRequest sample, ServingModels.Loan loan, IDisposable place, long deadline, TimeProvider clock, ShadowRunner shadow) : IDisposable
{
    /// <summary>Makes the text.</summary>
    /// <param name="onText">Given each piece as it becomes certain.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<SampleAnswer> GenerateAsync(Func<string, Task>? onText, CancellationToken cancellationToken)
    {
        var version = loan.Manifest.Version;
        var started = clock.GetTimestamp();
        var text = await TextAsync(onText, cancellationToken);
        var puid = Puid.Of(version, sample.Seed ?? 0, sample.Prefix, $"{sample.Sampling} {sample.Beam}");
        shadow.Offer(new(
            puid, sample.Prefix, version, text.Text, text.Tokens.Count, text.LogProbability, clock.GetElapsedTime(started).TotalSeconds, model => sample.ToGeneration(model.Tokenizer)));
        return new()
        {
            Prefix = sample.Prefix,
            Text = text.Text,
            Seed = sample.Seed ?? 0,
            Version = version,
            Tokens = text.Tokens.Count,
            FinishReason = text.FinishReason.ToString(),
            Reason = TimedText.ReasonOf(text),
            Puid = puid,
            Explain = ExplainedToken.Of(text.Steps, loan.Model.Tokenizer),
        };
    }

    // What beam search finds is certain only at its end: it comes in one piece.
    private async Task<GeneratedText> TextAsync(Func<string, Task>? onText, CancellationToken cancellationToken)
    {
        var request = sample.ToGeneration(loan.Model.Tokenizer);
        if (sample.Beam is not { } beam)
        {
            return await TimedText.GenerateAsync(loan, request, deadline, clock, onText, cancellationToken);
        }

        var text = await TimedText.SearchAsync(loan, request, beam, deadline, clock, cancellationToken) ?? new("", [], FinishReason.Exhausted, sample.Seed ?? 0, 0);
        if (onText is not null && text.Text.Length > 0)
        {
            await onText(text.Text);
        }

        return text;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        loan.Dispose();
        place.Dispose();
    }
}
