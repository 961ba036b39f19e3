using Pipeline.Testing;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Runs;

public sealed class TrainingLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.Sub("train.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_step_is_one_line_under_the_agreed_header()
    {
        using (var log = await OpenAsync(0))
        {
            log.Append(new StepRecord(1, 0.25, 6.5, 6.25, null, 0.0003, 1234.4));
            log.Append(new StepRecord(2, 0.5, 6, 6.125, 5.75, 0.0006, 2000));
        }

        Assert.Equal(
            """
            step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second,longest_copied_run,skipped
            1,0.25,6.5,6.25,,0.0003,1234,,
            2,0.5,6,6.125,5.75,0.0006,2000,,

            """,
            File.ReadAllText(FilePath));
    }

    [Fact]
    public async Task A_step_can_be_read_by_others_as_soon_as_it_is_written()
    {
        using var log = await OpenAsync(0);

        log.Append(Record(1));

        Assert.Equal([1], TrainingLog.Read(FilePath).Select(record => record.Step));
    }

    [Fact]
    public async Task Opening_after_a_step_drops_the_lines_of_later_ones_and_of_a_half_written_one()
    {
        using (var log = await OpenAsync(0))
        {
            foreach (var step in Enumerable.Range(1, 5))
            {
                log.Append(Record(step));
            }
        }

        File.AppendAllText(FilePath, "6,0.3,4.");
        using (var log = await OpenAsync(3))
        {
            log.Append(Record(4));
        }

        Assert.Equal([1, 2, 3, 4], TrainingLog.Read(FilePath).Select(record => record.Step));
        Assert.EndsWith("\n", File.ReadAllText(FilePath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_written_is_read_back()
    {
        var record = new StepRecord(7, 1.5, 4.125, 4.5, 4.25, 0.001, 900, Copied: 12);
        var skipped = new StepRecord(8, 1.75, double.NaN, 4.5, null, 0.001, 900, "the loss is no number");
        using (var log = await OpenAsync(0))
        {
            log.Append(record);
            log.Append(skipped);
        }

        Assert.Equal([record, skipped], TrainingLog.Read(FilePath));
    }

    [Fact]
    public void A_log_without_the_later_columns_is_read()
    {
        File.WriteAllText(FilePath, "step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second\n1,0.5,4,4.1,,0.001,900\n");

        Assert.Equal([new StepRecord(1, 0.5, 4, 4.1, null, 0.001, 900)], TrainingLog.Read(FilePath));
    }

    [Fact]
    public void Another_file_is_refused_by_name()
    {
        File.WriteAllText(FilePath, "a,b\n1,2\n");

        Assert.Contains(FilePath, Assert.Throws<InvalidDataException>(() => TrainingLog.Read(FilePath)).Message, StringComparison.Ordinal);
    }

    private static StepRecord Record(int step) => new(step, step / 4.0, 5, 5, null, 0.001, 1000);

    private Task<TrainingLog> OpenAsync(int afterStep) => TrainingLog.OpenAsync(FilePath, afterStep, TestContext.Current.CancellationToken);
}
