using Pipeline.Testing;

namespace Pipeline.EndToEnd;

/// <summary>The command <c>sample</c> in its other forms: many texts as files, and a session at a terminal.</summary>
[Collection(SampleBlogRuns.Name)]
public sealed class SampleCommandTests(SampleBlogRuns runs) : IDisposable
{
    // A text that takes so long that a person would stop it.
    private const string Endless = "1000000";

    // What the terminal shows while a line is being read in which nothing stands yet.
    private const string EmptyLine = "\r> \e[K";

    private readonly TemporaryFolder _temporary = new();

    private string Model => Path.Combine(runs.Work, "store", "models", runs.First.Version);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_file_of_prompts_gives_a_file_a_text_with_its_seed_and_each_is_what_it_is_alone()
    {
        var token = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_temporary.Sub("prompts.txt"), "The fog\nSoup is made of barley and salt and\\nwater, and it takes\n", token);
        string[] arguments = ["sample", "--model", Model, "--out", _temporary.Sub("texts"), "--prompt-file", _temporary.Sub("prompts.txt"), "--temperatures", "0.7", "1.2", "--count", "2", "--length", "24", "--seed", "5"];

        var first = await Programs.RunAsync(Programs.Functions, arguments, token);

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.StartsWith("8 texts written, 0 were there", first.Output, StringComparison.Ordinal);
        var files = Directory.GetFiles(_temporary.Sub("texts"), "*.txt").Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(8, files.Count);
        Assert.Equal("prompt-001-t0.7-seed5.txt", files[0]);
        Assert.Equal("prompt-002-t1.2-seed8.txt", files[^1]);
        Assert.Equal(8, File.ReadAllLines(_temporary.Sub("texts", "samples.jsonl")).Length);

        // Prompts of different length in one batch: each text is that of its seed alone.
        var alone = await Programs.RunAsync(
            Programs.Functions, ["sample", "--model", Model, "--prompt", "Soup is made of barley and salt and\nwater, and it takes", "--temperature", "1.2", "--length", "24", "--seed", "8"], token);
        Assert.Equal("Soup is made of barley and salt and\nwater, and it takes" + alone.Output, await File.ReadAllTextAsync(_temporary.Sub("texts", files[^1]!), token));

        File.Delete(_temporary.Sub("texts", files[0]!));
        var second = await Programs.RunAsync(Programs.Functions, arguments, token);
        Assert.StartsWith("1 texts written, 7 were there", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Posts_of_a_title_and_texts_of_nothing_become_files_too()
    {
        var token = TestContext.Current.CancellationToken;

        var post = await Programs.RunAsync(Programs.Functions, ["sample", "--model", Model, "--out", _temporary.Sub("texts"), "--title", "Soup", "--length", "12", "--count", "2"], token);
        var free = await Programs.RunAsync(Programs.Functions, ["sample", "--model", Model, "--out", _temporary.Sub("free"), "--length", "12"], token);

        Assert.True(post.ExitCode == 0, post.ToString());
        Assert.StartsWith("title: Soup\n", await File.ReadAllTextAsync(_temporary.Sub("texts", "sample-t0.8-seed2.txt"), token), StringComparison.Ordinal);
        Assert.True(free.ExitCode == 0, free.ToString());
        Assert.True(File.Exists(_temporary.Sub("free", "sample-t0.8-seed1.txt")));
    }

    [Theory]
    [InlineData("--count", "3")]
    [InlineData("--out", "texts", "--beams", "2")]
    [InlineData("--out", "texts", "--batch", "0")]
    [InlineData("--out", "texts", "--temperatures", "-1")]
    [InlineData("--out", "texts", "--prompt-file", "none.txt")]
    public async Task What_does_not_go_together_ends_with_exit_code_2(params string[] arguments)
    {
        var run = await Programs.RunAsync(Programs.Functions, ["sample", "--model", Model, .. arguments], TestContext.Current.CancellationToken);

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public async Task A_session_reads_prompts_and_commands_from_a_pipe()
    {
        var token = TestContext.Current.CancellationToken;
        using var session = Programs.Start(Programs.Functions, ["sample", "--model", Model, "--interactive", "--length", "12"]);
        await session.WriteAsync("/set temperature 0\n/set temprature 1\n/nonsense\n\"\"\"\nThe fog\n\nSo\n\"\"\"\n/set seed 3\n/again\n/history\n/help\n", token);
        session.EndInput();

        var result = await session.EndAsync(token);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("There is no setting 'temprature'", result.Output, StringComparison.Ordinal);
        Assert.Contains("There is no command /nonsense", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, result.Output.Split("[seed ").Length - 1);
        Assert.Contains("   1  /set temperature 0", result.Output, StringComparison.Ordinal);
        Assert.Contains("/set NAME VALUE", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_a_terminal_Ctrl_C_ends_a_text_and_the_session_goes_on()
    {
        var token = TestContext.Current.CancellationToken;
        using var session = AtTerminal();
        await session.WaitForAsync(EmptyLine, token);
        await session.WriteAsync("The fag\e[D\x7fo\e[C\r", token);
        await session.WaitForAsync("The fog", token);
        await UntilTextAsync(session, token);
        await session.WriteAsync("\x03", token);
        await UntilAskedAfterAsync("stopped]", session, token);

        // Ctrl-C gives up a line too; an arrow brings the first one back.
        await session.WriteAsync("unwanted\x03", token);
        await UntilAskedAfterAsync("unwanted", session, token);
        await session.WriteAsync("/set min-length 0\r", token);
        await UntilAskedAfterAsync("/set min-length 0", session, token);
        await session.WriteAsync("/set length 5\r", token);
        await UntilAskedAfterAsync("/set length 5", session, token);
        await session.WriteAsync("\e[A\e[A\e[A\r", token);
        await UntilAskedAfterAsync("5 tokens, ", session, token);
        await session.WriteAsync("\x04", token);

        Assert.Equal(0, (await session.EndAsync(token)).ExitCode);
    }

    [Fact]
    public async Task Ctrl_C_again_and_again_ends_the_text_and_no_session()
    {
        var token = TestContext.Current.CancellationToken;
        using var session = AtTerminal();
        await session.WaitForAsync(EmptyLine, token);
        await session.WriteAsync("The fog\r", token);
        await UntilTextAsync(session, token);
        // They meet the text, its end, the next line and the moments between.
        for (var press = 0; press < 100; press++)
        {
            await session.WriteAsync("\x03", token);
            await Task.Delay(press % 3, token);
        }

        await UntilAskedAfterAsync("stopped]", session, token);
        await session.WriteAsync("/nonsense\r", token);
        await UntilAskedAfterAsync("There is no command /nonsense", session, token);
        await session.WriteAsync("\x04", token);

        Assert.Equal(0, (await session.EndAsync(token)).ExitCode);
    }

    // util-linux's script gives the program a real terminal and passes on what is written to it. "exec", since script asks the shell of
    // the environment, and one that stays beside the program (dash) ends by Ctrl-C itself and reports that for the program.
    private RunningProgram AtTerminal() =>
        Programs.Start("script", ["-qefc", $"exec '{Programs.Functions}' sample --model '{Model}' --interactive --length {Endless} --min-length {Endless}", "/dev/null"]);

    // It has written the text, and a new line is being read.
    private static async Task UntilAskedAfterAsync(string text, RunningProgram session, CancellationToken cancellationToken)
    {
        await session.WaitForAsync(text, cancellationToken);
        while (!session.HasExited && session.SoFar is var soFar && !soFar[soFar.LastIndexOf(text, StringComparison.Ordinal)..].Contains(EmptyLine, StringComparison.Ordinal))
        {
            await Task.Delay(20, cancellationToken);
        }
    }

    // Something came after the prompt's echo: the text is being made.
    private static async Task UntilTextAsync(RunningProgram session, CancellationToken cancellationToken)
    {
        var length = session.SoFar.Length;
        while (!session.HasExited && session.SoFar.Length < length + 20)
        {
            await Task.Delay(20, cancellationToken);
        }
    }
}
