using System.Globalization;
using System.Text;
using Pipeline.Generation;
using Pipeline.Tokenization;

namespace Pipeline.Functions.Local;

/// <summary>A chosen token on one line: its probability, itself, and what else was likely.</summary>
internal static class TokenExplanation
{
    /// <summary>Such as <c> 41.0% ' cat'   ' dog' 22.1%, ' kettle' 3.0%</c>; control characters are written as escapes.</summary>
    public static string Line(BpeTokenizer tokenizer, GeneratedToken token)
    {
        if (token.Id < 0)
        {
            return $"(no token: {token.Finish})";
        }

        var others = token.Alternatives.Where(other => other.Id != token.Id).Select(other => $"{Quoted(tokenizer, other.Id)} {Percent(other.LogProbability)}");
        return $"{Percent(token.LogProbability),6} {Quoted(tokenizer, token.Id),-20} {string.Join(", ", others)}".TrimEnd();
    }

    private static string Percent(float logProbability) => Math.Exp(logProbability).ToString("0.0%", CultureInfo.InvariantCulture);

    private static string Quoted(BpeTokenizer tokenizer, int id)
    {
        var text = id == tokenizer.EndOfTextId ? "<|endoftext|>" : tokenizer.Decode([id]);
        var escaped = new StringBuilder("'");
        foreach (var c in text)
        {
            escaped.Append(c switch
            {
                '\n' => "\\n",
                '\t' => "\\t",
                _ when char.IsControl(c) => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return escaped.Append('\'').ToString();
    }
}
