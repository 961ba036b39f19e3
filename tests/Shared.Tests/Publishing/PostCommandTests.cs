using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed class PostCommandTests
{
    [Theory]
    [InlineData("/pick 3", "Pick { Number = 3 }")]
    [InlineData("Nice.\n\n  /PICK #2 ", "Pick { Number = 2 }")]
    [InlineData("/reroll", "Reroll { }")]
    [InlineData("/title  A better \"title\" ", "Title { Text = A better \"title\" }")]
    [InlineData("/hold\n/pick 1", "Hold { }")]
    public void A_comment_asks_with_its_first_line_of_a_known_word(string comment, string wanted) => Assert.Equal(wanted, PostCommand.Parse(comment)!.ToString());

    [Theory]
    [InlineData("/pick")]
    [InlineData("/pick two")]
    [InlineData("/pick 0")]
    [InlineData("/pick 99999999999")]
    [InlineData("/title")]
    public void What_cannot_be_understood_says_how_it_is_written(string comment) => Assert.IsType<PostCommand.Unclear>(PostCommand.Parse(comment));

    [Theory]
    [InlineData("")]
    [InlineData("Looks good to me: see /pick")]
    [InlineData("/merge")]
    public void Other_comments_ask_for_nothing(string comment) => Assert.Null(PostCommand.Parse(comment));

    [Fact]
    public void Tags_are_divided_by_commas() => Assert.Equal(["soup", "log book"], Assert.IsType<PostCommand.Tags>(PostCommand.Parse("/tags soup, log book,")).Names);
}
