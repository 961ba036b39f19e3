using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.StartTraining;

/// <summary>What is remembered of the corpus, so that a look at documents that did not change reads none of them.</summary>
/// <param name="Fingerprint">Of the documents' names and ETags.</param>
/// <param name="Id">The corpus's id; empty if there is nothing to train on.</param>
/// <param name="Posts">Its posts by path.</param>
internal sealed record CorpusLook(string Fingerprint, string Id, IReadOnlyDictionary<string, CorpusPost> Posts)
{
    /// <summary>The version of this form; another one is looked past.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The present form.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The share of the tokens that another corpus does not have in the same posts, and the tokens of posts that are gone, from 0 to 1.</summary>
    public double ChangedSince(IReadOnlyDictionary<string, CorpusPost> earlier)
    {
        var total = Posts.Values.Sum(post => (long)post.Tokens);
        var changed = Posts.Where(post => earlier.GetValueOrDefault(post.Key)?.Hash != post.Value.Hash).Sum(post => (long)post.Value.Tokens)
            + earlier.Where(post => !Posts.ContainsKey(post.Key)).Sum(post => (long)post.Value.Tokens);
        return total == 0 ? 1 : Math.Min(1, (double)changed / total);
    }
}

/// <summary>A post of a corpus.</summary>
/// <param name="Hash">Of its training text.</param>
/// <param name="Tokens">GPT-2 tokens of it.</param>
internal sealed record CorpusPost(string Hash, int Tokens)
{
    private const int HashDigits = 16;

    /// <summary>Describes a training text.</summary>
    public static CorpusPost Of(string text, Func<string, int> count) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashDigits], count(text));

}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CorpusLook))]
internal sealed partial class CorpusLookJson : JsonSerializerContext;
