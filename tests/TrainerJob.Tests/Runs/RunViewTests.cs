using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;
using Spectre.Console;

namespace Pipeline.TrainerJob.Tests.Runs;

public sealed class RunViewTests
{
    [Fact]
    public async Task A_terminal_shows_bar_and_figures_in_place_and_keeps_warnings()
    {
        using var screen = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = 100;

        await new LiveView(console, TimeProvider.System).WatchAsync(4, TakeSteps);

        var text = screen.ToString();
        Assert.Contains("100%", text, StringComparison.Ordinal);
        Assert.Contains("4/4", text, StringComparison.Ordinal);
        Assert.Contains("5.500", text, StringComparison.Ordinal);
        Assert.Contains("1,500", text, StringComparison.Ordinal);
        Assert.Contains("warning: Step 3 was skipped: it was odd.", text, StringComparison.Ordinal);
        Assert.Matches("\u001b\\[[0-9]+A", text);
        Assert.Contains("training loss, smoothed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_gets_a_line_an_evaluation_without_codes_for_a_terminal()
    {
        using var output = new StringWriter { NewLine = "\n" };

        await new PlainView(output, TimeProvider.System, quiet: false).WatchAsync(4, TakeSteps);

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("Going on after step 0.", lines[0]);
        Assert.Equal("step 1/4  loss 6.000  smoothed 6.100  1,500 tokens/s  time left -", lines[1]);
        Assert.Contains(lines, line => line.StartsWith("step 4/4  loss 6.000  smoothed 6.100  validation 5.500", StringComparison.Ordinal));
        Assert.Contains("warning: Step 3 was skipped: it was odd.", lines);
        Assert.DoesNotContain("\u001b", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_leaves_the_warnings_alone()
    {
        using var output = new StringWriter { NewLine = "\n" };

        await new PlainView(output, TimeProvider.System, quiet: true).WatchAsync(4, TakeSteps);

        Assert.Equal("warning: Step 3 was skipped: it was odd.\n", output.ToString());
    }

    [Theory]
    [InlineData(null, "-")]
    [InlineData(7.4, "7 s")]
    [InlineData(61.0, "1 min 01 s")]
    [InlineData(3600.0 * 27, "27 h 00 min")]
    public void Time_left_is_written_as_people_write_it(double? seconds, string text)
    {
        Assert.Equal(text, RunPace.Format(seconds is { } value ? TimeSpan.FromSeconds(value) : null));
    }

    private static Task<int> TakeSteps(Action<TrainingEvent> show)
    {
        show(new TrainingEvent.Resumed(0));
        for (var step = 1; step <= 4; step++)
        {
            show(new TrainingEvent.StepDone(new StepRecord(step, step / 2.0, 6, 6.1, step == 4 ? 5.5 : null, 0.001, 1500, step == 3 ? "it was odd" : null)));
        }

        return Task.FromResult(0);
    }
}
