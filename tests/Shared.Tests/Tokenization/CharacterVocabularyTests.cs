using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

public sealed class CharacterVocabularyTests
{
    [Fact]
    public void Every_known_character_is_one_token_and_every_text_comes_back()
    {
        const string text = "Grüße: 10 € für Ärger, 日本 and 🙂🙃!\n";
        var tokenizer = CharacterVocabulary.Build([text], 1000);
        Assert.Equal(text.EnumerateRunes().Count(), tokenizer.Encode(text).Count);
        const string other = "Ünknown: ₤ and 😎";
        Assert.Equal(other, tokenizer.Decode([.. tokenizer.Encode(other)]));
    }

    [Fact]
    public void The_most_frequent_characters_are_taken_first()
    {
        var tokenizer = CharacterVocabulary.Build(["ä€ä€ä€ü"], 258);
        Assert.Equal(258, tokenizer.VocabularySize);
        Assert.Equal([1, 2, 3], new[] { "ä", "ü", "€" }.Select(text => tokenizer.Encode(text).Count));
    }

    [Fact]
    public void It_is_saved_and_loaded_as_any_tokenizer()
    {
        using var folder = new Testing.TemporaryFolder();
        var tokenizer = CharacterVocabulary.Build(["Grüße für 10 €"], 1000);
        tokenizer.Save(folder.FullName);
        Assert.Equal(tokenizer.Fingerprint, BpeTokenizer.Load(folder.FullName).Fingerprint);
    }
}
