using System.Globalization;
using System.Text;
using Pipeline.Storage;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Runs;

/// <summary>The run's <c>train.log</c>: CSV with a line a step, on disk as soon as the step is done, readable by others meanwhile.</summary>
internal sealed class TrainingLog : IDisposable
{
    /// <summary>The file's first line.</summary>
    public const string Header = OldestHeader + ",longest_copied_run,skipped";

    // Columns may be added at the end; logs without them are read as well.
    private const string OldestHeader = "step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second";

    private readonly FileStream _stream;

    private TrainingLog(FileStream stream) => _stream = stream;

    /// <summary>Opens the log to append after a step. Lines of later steps, which a killed process may have left, are removed: these steps are done again.</summary>
    public static async Task<TrainingLog> OpenAsync(string path, int afterStep, CancellationToken cancellationToken)
    {
        var kept = File.Exists(path) ? Read(path).Where(record => record.Step <= afterStep) : [];
        var text = string.Concat([Header + "\n", .. kept.Select(Line)]);
        await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), cancellationToken);
        return new TrainingLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));
    }

    /// <summary>Appends a step.</summary>
    public void Append(StepRecord record)
    {
        _stream.Write(Encoding.UTF8.GetBytes(Line(record)));
        _stream.Flush();
    }

    /// <inheritdoc />
    public void Dispose() => _stream.Dispose();

    /// <summary>Reads a log, finished or not; a line that is not whole is left out.</summary>
    /// <exception cref="InvalidDataException">The file is no training log.</exception>
    public static IReadOnlyList<StepRecord> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n');
        if (!lines[0].StartsWith(OldestHeader, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} is no training log: its first line is not '{Header}'.");
        }

        // What follows the last line feed is a line still being written.
        return [.. lines[1..^1].Select(Parse).OfType<StepRecord>()];
    }

    private static string Line(StepRecord record) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Step},{record.Epoch:0.####},{record.Loss:0.######},{record.SmoothedLoss:0.######},{record.ValidationLoss:0.######},{record.LearningRate:0.########},{record.TokensPerSecond:0},{record.Copied},{record.Skipped?.Replace(',', ';')}\n");

    private static StepRecord? Parse(string line)
    {
        var cells = line.TrimEnd('\r').Split(',');
        return cells.Length >= 7
            && int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && Number(cells[1]) is { } epoch
            && Number(cells[2]) is { } loss
            && Number(cells[3]) is { } smoothed
            && (cells[4].Length == 0 || Number(cells[4]) is not null)
            && Number(cells[5]) is { } rate
            && Number(cells[6]) is { } speed
            ? new StepRecord(
                step, epoch, loss, smoothed, Number(cells[4]), rate, speed,
                cells.Length > 8 && cells[8].Length > 0 ? cells[8] : null,
                cells.Length > 7 && int.TryParse(cells[7], NumberStyles.None, CultureInfo.InvariantCulture, out var copied) ? copied : null)
            : null;
    }

    private static double? Number(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
