using Pipeline.Functions.Local.Interactive;
using Pipeline.Functions.Sample;

namespace Pipeline.Functions.Tests.Local.Interactive;

public sealed class InteractiveTests
{
    private const int Vocabulary = 500;

    [Fact]
    public void A_line_is_edited_as_in_every_shell()
    {
        var line = new EditedLine(new());
        Type(line, "the big cat");
        Press(line, ConsoleKey.W, control: true);
        Type(line, "dog 🐕x");
        Press(line, ConsoleKey.LeftArrow, ConsoleKey.Backspace);
        Assert.Equal("the big dog x", line.Text);

        Press(line, ConsoleKey.Home, ConsoleKey.Delete, ConsoleKey.RightArrow, ConsoleKey.RightArrow);
        Assert.Equal(("he big dog x", 2), (line.Text, line.Cursor));
        Press(line, ConsoleKey.K, control: true);
        Type(line, "n");
        Press(line, ConsoleKey.A, control: true);
        Type(line, "t");
        Assert.Equal("then", line.Text);
        Press(line, ConsoleKey.E, control: true);
        Press(line, ConsoleKey.U, control: true);
        Assert.Equal("", line.Text);
    }

    [Fact]
    public void Arrows_bring_earlier_lines_back_and_then_the_unfinished_one()
    {
        var history = new LineHistory();
        history.Add("one");
        history.Add("two");
        history.Add("two");
        var line = new EditedLine(history);
        Type(line, "thr");

        Press(line, ConsoleKey.UpArrow);
        Assert.Equal("two", line.Text);
        Press(line, ConsoleKey.UpArrow, ConsoleKey.UpArrow);
        Assert.Equal("one", line.Text);
        Press(line, ConsoleKey.DownArrow, ConsoleKey.DownArrow);
        Assert.Equal("thr", line.Text);
        Press(line, ConsoleKey.DownArrow);
        Assert.Equal("thr", line.Text);
    }

    [Theory]
    [InlineData("One\\nline\n", "One\nline")]
    [InlineData("A slash \\\\n stays\n", "A slash \\n stays")]
    [InlineData("First \\\nsecond\\\nthird\n", "First \nsecond\nthird")]
    [InlineData("\"\"\"\nFirst \\n\n\nthird\n\"\"\"\n", "First \\n\n\nthird")]
    [InlineData("\"\"\"short\"\"\"\n", "short")]
    [InlineData("\"\"\"\nopen to the end", "open to the end")]
    [InlineData("/set stop \\n\n", "/set stop \\n")]
    public void A_prompt_may_have_several_lines(string input, string expected) =>
        Assert.Equal(expected, new PromptLines(new PlainLineReader(new StringReader(input)), new()).Read());

    [Fact]
    public void Settings_are_changed_by_any_spelling_of_their_name()
    {
        var request = SessionSettings.Set(new(), "temperature", "0.7", Vocabulary);
        request = SessionSettings.Set(request, "topK", "5", Vocabulary);
        request = SessionSettings.Set(request, "repetition_penalty", "1.3", Vocabulary);
        request = SessionSettings.Set(request, "tags", "soup, slow food", Vocabulary);
        request = SessionSettings.Set(request, "stop", "\\n\\n", Vocabulary);
        request = SessionSettings.Set(request, "seed", "9", Vocabulary);

        Assert.Equal((0.7f, 5, 1.3f, 9UL), (request.Temperature, request.TopK, request.RepetitionPenalty, request.Seed!.Value));
        Assert.Equal(["soup", "slow food"], request.Tags);
        Assert.Equal(["\n\n"], request.Stop);
        Assert.Null(SessionSettings.Set(request, "seed", "", Vocabulary).Seed);
        Assert.Contains(SessionSettings.Show(request), line => line.Contains("temperature", StringComparison.Ordinal) && line.Contains("0.7", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("temprature", "1", "There is no setting 'temprature'")]
    [InlineData("temperature", "warm", "'warm' is no value for temperature")]
    [InlineData("temperature", "-1", "emperature")]
    [InlineData("penalty-convention", "harsh", "LogProbability, BySign or Ctrl")]
    [InlineData("length", "99999999999", "no value for length")]
    public void What_cannot_be_set_is_told_and_changes_nothing(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => SessionSettings.Set(new SampleRequest(), name, value, Vocabulary)).Message, StringComparison.Ordinal);

    private static void Type(EditedLine line, string text)
    {
        foreach (var character in text)
        {
            line.Press(new(character, default, false, false, false));
        }
    }

    private static void Press(EditedLine line, params ConsoleKey[] keys)
    {
        foreach (var key in keys)
        {
            Press(line, key, control: false);
        }
    }

    private static void Press(EditedLine line, ConsoleKey key, bool control) => line.Press(new('\0', key, false, false, control));
}
