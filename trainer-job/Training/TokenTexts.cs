using Pipeline.Tokenization;

namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Token ids of GPT-2's vocabulary, as the older fine-tuners kept them in <c>.npz</c> files, as the texts that they were made of. Their
/// encoders knew no special tokens, so that the separator is there as seven ordinary ones; here it separates again.
/// </summary>
internal static class TokenTexts
{
    // Ids of another vocabulary give halves of characters; a text has hardly any.
    private const double MostBroken = 0.01;

    /// <summary>The texts of a file.</summary>
    /// <exception cref="InputException">The file is damaged, or its ids are of another vocabulary.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        var tokenizer = BpeTokenizer.Gpt2();
        var texts = new List<string>();
        var (characters, broken) = (0L, 0L);
        foreach (var ids in NumpyFile.Read(path))
        {
            if (Array.Find(ids, id => id >= tokenizer.VocabularySize) is not 0 and var unknown)
            {
                throw new InputException($"{path} holds token {unknown}, and GPT-2's vocabulary ends with {tokenizer.VocabularySize - 1}; train on the text itself.");
            }

            // An array is what one or several whole files became; none of them goes on in the next.
            foreach (var text in Documents(ids, tokenizer).SelectMany(SeparatedTexts.Anywhere))
            {
                characters += text.Length;
                broken += text.AsSpan().Count('\uFFFD');
                texts.Add(text);
            }
        }

        return broken <= characters * MostBroken
            ? texts
            : throw new InputException($"{path} does not give text with GPT-2's vocabulary; its ids are of another. Train on the text itself.");
    }

    private static IEnumerable<string> Documents(int[] ids, BpeTokenizer tokenizer)
    {
        var start = 0;
        while (start < ids.Length)
        {
            var end = Array.IndexOf(ids, tokenizer.EndOfTextId, start);
            end = end < 0 ? ids.Length : end;
            if (end > start)
            {
                yield return tokenizer.Decode(ids.AsSpan(start, end - start));
            }

            start = end + 1;
        }
    }
}
