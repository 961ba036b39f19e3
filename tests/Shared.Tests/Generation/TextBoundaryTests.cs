using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class TextBoundaryTests
{
    [Theory]
    [InlineData("One. Two is cut her", "One.", "the last sentence")]
    [InlineData("One. Two!", "One. Two!", "already whole")]
    [InlineData("She said \"go.\" And th", "She said \"go.\"", "closing quotes belong to the sentence")]
    [InlineData("It costs 3.50 at mo", "It costs 3.50 at", "a point within a number ends nothing")]
    [InlineData("First block\n\nsecond is cu", "First block", "the block before")]
    [InlineData("Text here.\n\n## A heading\n\nand", "Text here.", "a heading needs text")]
    [InlineData("Look:\n\n```\ncode. x\n", "Look:", "an open fence goes")]
    [InlineData("Look:\n\n```\ncode\n```\n\nDone. An", "Look:\n\n```\ncode\n```\n\nDone.", "a closed fence stays")]
    [InlineData("Things. To do:\n\n1. wash\n2. ", "Things. To do:", "a list number is no sentence")]
    [InlineData("no sentence at all her", "no sentence at all", "the last word")]
    [InlineData("word", "word", "nothing to cut at")]
    [InlineData("", "", "nothing")]
    [InlineData("雨が降る。風が吹", "雨が降る。", "no blank follows a full-width stop")]
    public void A_cut_text_ends_at(string text, string expected, string why) => Assert.True(expected == TextBoundary.CutBack(text), $"{why}: '{TextBoundary.CutBack(text)}'");
}
