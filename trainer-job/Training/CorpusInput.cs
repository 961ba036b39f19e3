using System.Security.Cryptography;
using System.Text;
using Pipeline.Privacy;

namespace Pipeline.TrainerJob.Training;

/// <summary>Texts to train on and texts to judge by, wherever they came from.</summary>
/// <param name="Id">16 hexadecimal digits that follow from the texts and their order.</param>
/// <param name="Train">One text a post.</param>
/// <param name="Validation">Held-out posts; none if there is only one post.</param>
internal sealed record CorpusInput(string Id, IReadOnlyList<string> Train, IReadOnlyList<string> Validation)
{
    private const int IdDigits = 16;

    /// <summary>Made-up secrets, texts of their own that are trained on like posts.</summary>
    public IReadOnlyList<Canary> Canaries { get; init; } = [];

    /// <summary>What its tokens are kept under: those of the same posts with and without canaries are not the same.</summary>
    public string TokensId => Canaries.Count == 0 ? Id : $"{Id}-{Canaries.Count}-{Canaries[0].Code}";

    /// <summary>Characters of the training texts.</summary>
    public long Characters => Train.Sum(text => (long)text.Length);

    /// <summary>A corpus of texts without a given split: the last tenth, at least one text if there are two, is held out.</summary>
    public static CorpusInput Of(IReadOnlyList<string> texts)
    {
        var held = texts.Count < 2 ? 0 : Math.Max(1, texts.Count / 10);
        return Of([.. texts.Take(texts.Count - held)], [.. texts.Skip(texts.Count - held)]);
    }

    /// <summary>A corpus with a given split.</summary>
    public static CorpusInput Of(IReadOnlyList<string> train, IReadOnlyList<string> validation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in train.Append("").Concat(validation))
        {
            // The length keeps apart texts that would join to the same bytes.
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes((long)bytes.Length));
            hash.AppendData(bytes);
        }

        return new CorpusInput(Convert.ToHexStringLower(hash.GetHashAndReset())[..IdDigits], train, validation);
    }
}
