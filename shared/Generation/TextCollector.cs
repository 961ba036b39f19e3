using System.Text;

namespace Pipeline.Generation;

/// <summary>Puts the steps of one sample together.</summary>
/// <param name="endOfText">The token that ends a text.</param>
/// <param name="stopAtEndOfText">Whether it does.</param>
public sealed class TextCollector(int endOfText, bool stopAtEndOfText)
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];
    private readonly List<GeneratedToken> _steps = [];
    private double _logProbability;

    /// <summary>Why the text ended; null while it has not.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Takes the next step.</summary>
    public void Add(GeneratedToken token)
    {
        _text.Append(token.Text);
        _logProbability += token.LogProbability;
        if (token.Alternatives.Count > 0)
        {
            _steps.Add(token);
        }

        if (token.Id >= 0 && !(token.Id == endOfText && stopAtEndOfText))
        {
            _tokens.Add(token.Id);
        }

        FinishReason = token.Finish ?? FinishReason;
    }

    /// <summary>The text; one that has not ended was broken off since its time was over.</summary>
    /// <param name="seed">The seed that gives it again.</param>
    public GeneratedText Finish(ulong seed) => new(_text.ToString(), _tokens, FinishReason ?? Generation.FinishReason.Time, seed, _logProbability) { Steps = _steps };
}
