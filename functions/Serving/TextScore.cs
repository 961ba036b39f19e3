using Pipeline.Generation;
using Pipeline.Generation.Logits;

namespace Pipeline.Functions.Serving;

/// <summary>How probable a model finds texts: each is forced on it token by token.</summary>
internal static class TextScore
{
    /// <summary>Scores a text from its beginning, cut to the model's context.</summary>
    /// <returns>Negative log-likelihood in nats, and the tokens that it is the sum of, the end of the text included if it was reached.</returns>
    public static async Task<(double Nats, int Tokens)> OfAsync(LanguageModel model, string text, int mostTokens, CancellationToken cancellationToken)
    {
        var end = model.Tokenizer.EndOfTextId;
        var all = new List<int>(model.Tokenizer.Encode(text)) { end };
        var tokens = all.Take(Math.Min(mostTokens, model.Shape.Context - 1)).ToArray();
        var request = new GenerationRequest
        {
            PromptTokens = [end],
            Rules = [new Forced(tokens)],
            Sampling = SamplingOptions.Greedy with { MaxTokens = tokens.Length, StopAtEndOfText = false },
        };
        var nats = 0.0;
        await foreach (var token in new TextGenerator(model).StreamAsync(request, cancellationToken))
        {
            nats -= token.LogProbability;
        }

        return (nats, tokens.Length);
    }

    private sealed class Forced(int[] tokens) : ILogitsProcessor
    {
        public void Apply(TokenHistory text, Span<float> logits)
        {
            logits.Fill(float.NegativeInfinity);
            logits[tokens[text.Generated.Length]] = 0;
        }
    }
}
