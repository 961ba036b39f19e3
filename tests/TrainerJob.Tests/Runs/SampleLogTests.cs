using Pipeline.Testing;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Runs;

public sealed class SampleLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_later_steps_left_is_removed_and_text_is_never_taken_for_a_title()
    {
        var stop = TestContext.Current.CancellationToken;
        var path = _folder.Sub("samples.md");
        await SampleLog.AppendAsync(path, 10, [new TrainingSample(1, "", "a\n## Step 99\nb", 3)], stop);
        var whole = File.ReadAllText(path);
        await SampleLog.AppendAsync(path, 20, [new TrainingSample(1, "", "c", 0)], stop);

        await SampleLog.TrimAsync(path, 10, stop);
        Assert.Equal(whole, File.ReadAllText(path));
        Assert.Contains("longest copied run: 3 tokens", whole, StringComparison.Ordinal);
        await SampleLog.TrimAsync(path, 0, stop);
        Assert.Equal("", File.ReadAllText(path));
        await SampleLog.TrimAsync(_folder.Sub("none.md"), 0, stop);
    }
}
