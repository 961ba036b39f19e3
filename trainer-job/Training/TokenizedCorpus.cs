using Pipeline.Tokenization;

namespace Pipeline.TrainerJob.Training;

/// <summary>A corpus as token ids, each post with the end of text before and after it.</summary>
internal sealed record TokenizedCorpus(IReadOnlyList<int[]> Train, IReadOnlyList<int[]> Validation)
{
    /// <summary>Tokens of the training posts.</summary>
    public long TrainTokens => Train.Sum(document => (long)document.Length);

    /// <summary>Encodes the texts.</summary>
    public static TokenizedCorpus Of(CorpusInput corpus, BpeTokenizer tokenizer) =>
        new(Encode(corpus.Train.Concat(corpus.Canaries.Select(canary => canary.Text)), tokenizer), Encode(corpus.Validation, tokenizer));

    /// <summary>Encodes texts; the end of text is put in by its id, so that no text can spell it.</summary>
    public static IReadOnlyList<int[]> Encode(IEnumerable<string> texts, BpeTokenizer tokenizer)
    {
        List<int[]> documents = [];
        List<int> ids = [];
        foreach (var text in texts)
        {
            ids.Clear();
            ids.Add(tokenizer.EndOfTextId);
            tokenizer.Encode(text, ids);
            ids.Add(tokenizer.EndOfTextId);
            documents.Add([.. ids]);
        }

        return documents;
    }
}
