using System.Text;
using Pipeline.Functions.Overview;
using Pipeline.Runs;

namespace Pipeline.Functions.Tests.Overview;

/// <summary>A run's files as the job leaves them, also in the middle of a line.</summary>
public sealed class RunFilesTests
{
    private const string Header = "step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second,longest_copied_run,skipped\n";

    [Fact]
    public void A_line_that_is_still_being_written_is_left_out()
    {
        var points = RunFiles.Log(Bytes(Header + "1,0.05,6.6,6.6,,0.0001,786,,\n2,0.1,6.5,6.55,5.1,0.0003,2214,8,\n3,0.15,6.4"));

        Assert.Equal([1, 2], points.Select(point => point.Step));
        Assert.Null(points[0].Validation);
        Assert.Equal(new RunPoint(2, 0.1, 6.5, 6.55, 5.1, 0.0003, 2214), points[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("step,epoch\n1,2\n")]
    public void What_is_no_log_has_no_points(string text) => Assert.Empty(RunFiles.Log(Bytes(text)));

    [Fact]
    public void A_step_without_finite_figures_is_left_out() => Assert.Equal([2], RunFiles.Log(Bytes(Header + "1,0.05,NaN,NaN,,0.0001,786,,not finite\n2,0.1,6.5,6.55,,0.0003,2214,,\n")).Select(point => point.Step));

    [Fact]
    public void Samples_keep_their_lines_and_their_markdown()
    {
        var samples = RunFiles.Samples(Bytes(
            "## Step 10\n\nSeed 1, longest copied run: 3 tokens\n\n    title: A⟶ day\n\n    ## Step 99\n\nSeed 2, longest copied run: 0 tokens\n\n    ⟶x\n\n## Step 20\n\nSeed 1, longest copied run: 3 tokens\n\n    y\n\n"));

        Assert.Equal([10, 20], samples.Select(sample => sample.Step));
        Assert.Equal(["title: A⟶ day\n\n## Step 99", "⟶x"], samples[0].Texts);
        Assert.Equal(["y"], samples[1].Texts);
    }

    [Fact]
    public void A_state_that_cannot_be_read_is_none()
    {
        Assert.Null(RunFiles.State("a", "{\"run\":\"a\"}"u8));
        Assert.Null(RunFiles.State("a", "{"u8));
        Assert.Equal(RunStatus.Interrupted, RunFiles.State("a", """{"run":"a","version":"a","status":"interrupted","reused":false}"""u8)?.Status);
        Assert.Contains("Update Pipeline", RunFiles.State("a", """{"run":"a","version":"a","status":"finished","format":99}"""u8)?.Error, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
