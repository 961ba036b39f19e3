using Pipeline.Functions.Serving;

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
        var text = await TimedText.GenerateAsync(loan.Model, version, sample.ToGeneration(loan.Model.Tokenizer), deadline, clock, onText, cancellationToken);
        var puid = Puid.Of(version, sample.Seed ?? 0, sample.Prefix, sample.Sampling.ToString());
        shadow.Offer(new(
            puid, sample.Prefix, version, text.Text, text.Tokens.Count, text.LogProbability, clock.GetElapsedTime(started).TotalSeconds, model => sample.ToGeneration(model.Tokenizer)));
        return new()
        {
            Prefix = sample.Prefix,
            Text = text.Text,
            Seed = sample.Seed ?? 0,
            Version = version,
            Tokens = text.Tokens.Count,
            FinishReason = text.FinishReason,
            Reason = text.Reason,
            Puid = puid,
            Explain = ExplainedToken.Of(text.Steps, loan.Model.Tokenizer),
        };
    }

    /// <inheritdoc />
    public void Dispose()
    {
        loan.Dispose();
        place.Dispose();
    }
}
