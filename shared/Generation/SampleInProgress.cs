using System.Runtime.InteropServices;
using Pipeline.Tokenization;

namespace Pipeline.Generation;

/// <summary>One sample while it is generated: its tokens, its random numbers, and the text that is not yet certain.</summary>
internal sealed class SampleInProgress
{
    private readonly int _sample;
    private readonly int _promptLength;
    private readonly int _endOfText;
    private readonly SamplingOptions _options;
    private readonly List<int> _tokens;
    private readonly Sampler _sampler;
    private readonly StreamingDecoder _decoder;
    private readonly StopMatcher _stops;

    public SampleInProgress(BpeTokenizer tokenizer, GenerationRequest request, int[] prompt, int sample)
    {
        _sample = sample;
        _options = request.Sampling;
        _promptLength = prompt.Length;
        _endOfText = tokenizer.EndOfTextId;
        _tokens = [.. prompt];
        _decoder = new(tokenizer);
        _stops = new(_options.Stop);
        _sampler = new(_options, [.. Sampler.Rules(_options, _endOfText, tokenizer.Encode), .. request.Rules], _options.Seed + (ulong)sample);
    }

    /// <summary>Prompt and text.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>The token that the model has not seen yet.</summary>
    public int LastToken => _tokens[^1];

    /// <summary>Whether the text has ended.</summary>
    public bool Finished { get; private set; }

    /// <summary>Chooses the next token from the model's scores.</summary>
    public GeneratedToken Choose(ReadOnlySpan<float> logits)
    {
        if (_sampler.Next(new(Tokens, _promptLength), logits) is not { } token)
        {
            return Step(new(-1, 0, []), "", FinishReason.Exhausted);
        }

        _tokens.Add(token.Id);
        if (token.Id == _endOfText && _options.StopAtEndOfText)
        {
            return Step(token, "", FinishReason.EndOfText);
        }

        var text = _stops.Append(_decoder.Append(token.Id));
        return Step(token, text, _stops.Stopped ? FinishReason.Stop : _tokens.Count - _promptLength >= _options.MaxTokens ? FinishReason.Length : null);
    }

    private GeneratedToken Step(SampledToken token, string text, FinishReason? finish)
    {
        if (finish is not null)
        {
            Finished = true;
            // The end of a character that never came may still complete a stop text.
            text += _stops.Append(_decoder.Flush());
            text += _stops.Flush();
        }

        return new(token.Id, text, token.LogProbability, _sample, finish, token.Alternatives);
    }
}
