using System.Text;
using Pipeline.Generation.Logits;
using Pipeline.Tokenization;

namespace Pipeline.Generation;

/// <summary>Keeps a title from being empty: nothing blank begins it, and only a line feed ends it.</summary>
internal sealed class TitleRule : ILogitsProcessor
{
    private readonly int _endOfText;
    private readonly List<int> _blank = [];

    public TitleRule(BpeTokenizer tokenizer)
    {
        _endOfText = tokenizer.EndOfTextId;
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            var text = Encoding.UTF8.GetString(tokenizer.TokenBytes(id));
            if (text.All(c => char.IsWhiteSpace(c) || char.IsControl(c)) || text.Contains('\n', StringComparison.Ordinal))
            {
                _blank.Add(id);
            }
        }
    }

    public void Apply(TokenHistory text, Span<float> logits)
    {
        logits[_endOfText] = float.NegativeInfinity;
        if (!text.Generated.IsEmpty)
        {
            return;
        }

        foreach (var id in _blank)
        {
            logits[id] = float.NegativeInfinity;
        }
    }
}
