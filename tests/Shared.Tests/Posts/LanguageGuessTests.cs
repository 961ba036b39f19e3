using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Posts;

public sealed class LanguageGuessTests
{
    [Theory]
    [InlineData("en", "This is the first of the posts that I have written for you about the weather.")]
    [InlineData("de", "Das ist der erste von den Texten, die ich für dich über das Wetter geschrieben habe, und er ist nicht lang.")]
    [InlineData("fr", "Voici le premier des textes que je vous ai écrits sur la pluie, et il n'est pas long mais il est pour vous.")]
    [InlineData("es", "Este es el primero de los textos que he escrito para ti sobre la lluvia, y no es muy largo.")]
    [InlineData("it", "Questo è il primo dei testi che ho scritto per te sulla pioggia, e non è molto lungo ma è per gli amici.")]
    [InlineData("nl", "Dit is de eerste van de teksten die ik voor je heb geschreven over het weer, en het is niet lang.")]
    [InlineData("ru", "Это первый текст о погоде, который я для вас написал.")]
    [InlineData("uk", "Це перший текст про погоду, який я для вас написав, і він її описує.")]
    [InlineData("zh", "这是我为你们写的第一篇文章，讲的是 JavaScript 和 CSS 的故事。")]
    [InlineData("ja", "これは天気について書いた最初の記事です。どうぞよろしく。")]
    [InlineData("ko", "이것은 제가 날씨에 대해 쓴 첫 번째 글입니다. 잘 부탁드립니다.")]
    [InlineData("el", "Αυτό είναι το πρώτο κείμενο για τον καιρό.")]
    [InlineData("ar", "هذا هو النص الأول الذي كتبته لكم عن الطقس.")]
    [InlineData("und", "x = 1; y = 2; z = 3; foobar quux")]
    [InlineData("und", "")]
    [InlineData("und", "12 34 !?")]
    public void A_language_is_told_by_script_and_common_words(string expected, string text) => Assert.Equal(expected, LanguageGuess.Of(text));

    [Theory]
    [InlineData("en_US", "en")]
    [InlineData("pt-BR", "pt")]
    [InlineData(" DE ", "de")]
    [InlineData("english", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_name_gives_its_code(string? name, string? expected) => Assert.Equal(expected, LanguageGuess.Code(name));
}
